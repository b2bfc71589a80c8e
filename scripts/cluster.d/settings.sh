# What is named after the checkout, and what the machine must have.

STATE=${NKVM_CLUSTER_DIR:+$(realpath -m "$NKVM_CLUSTER_DIR")}
ID=$(printf %s "${STATE:-$CHECKOUT}" | sha256sum | cut -c 1-8)
STATE=${STATE:-$(realpath /var/tmp)/nkvm-cluster-$ID}
readonly ID STATE
readonly CGROUP=nkvm-$ID
readonly CONTAINERD_SOCKET=$STATE/containerd.sock
readonly ADMIN_KUBECONFIG=$STATE/kubeconfig
readonly NODE=localhost
readonly PROGRAMS=(etcd kube-apiserver containerd kube-controller-manager kube-scheduler kubelet)

require_machine() {
  local tool missing=()
  [[ $EUID -eq 0 ]] || refuse "only root may start containers"
  [[ $(kubernetes_version) =~ ^v1\.[0-9]+\.[0-9]+$ ]] || refuse "NKVM_KUBERNETES_VERSION must look like v1.34.4"
  [[ $STATE =~ ^[/A-Za-z0-9._-]+$ ]] || refuse "the path $STATE has characters that configuration files would misread"
  ((${#CONTAINERD_SOCKET} < 100)) || refuse "the path of a socket in $STATE would be too long"
  [[ -d $(cgroup_tree) ]] || refuse "no control groups are mounted in /sys/fs/cgroup"
  unshare --mount true 2>/dev/null || refuse "this root may not mount, as in a container without privileges"
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || refuse "the kernel has no overlayfs"
  [[ $(stat -f -c %T "$(dirname "$STATE")") != overlayfs ]] ||
    refuse "$(dirname "$STATE") is an overlay itself (NKVM_CLUSTER_DIR may name a folder on a disk)"
  for tool in containerd ctr runc busybox openssl ip ss flock setsid tar; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [[ -n $(cni_plugins_dir) ]] || missing+=(containernetworking-plugins)
  ((${#missing[@]} == 0)) || refuse "missing: ${missing[*]} (scripts/setup installs them)"
}

cni_plugins_dir() {
  local dir
  for dir in /usr/lib/cni /opt/cni/bin; do
    if [[ -x $dir/ptp ]]; then echo "$dir"; fi
  done | head -n 1
}

# The hierarchy in which the cluster's processes are kept together: the only
# one of cgroup v2, or one of v1.
cgroup_tree() {
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    echo /sys/fs/cgroup
  else
    echo /sys/fs/cgroup/pids
  fi
}

# cluster_pids [GROUP]: every process of the cluster, or of a group in it; the
# programs are in the group `programs`, containers below `kubepods`.
cluster_pids() {
  find "$(cgroup_tree)/$CGROUP/${1:-}" -name cgroup.procs -exec cat {} + 2>/dev/null || true
}

# Chosen once for the life of a cluster and written down: the first block of ports after the
# checkout's own number in which nobody listens, below the kernel's own choices
# (32768 and up); and the first pod network to which the host has no route.
choose_settings() {
  local number=$((16#${ID:0:6})) step base pod_network
  for step in {0..99}; do
    base=$((20000 + (number + step) % 1200 * 10))
    ss -Htln "sport >= $base and sport < $((base + 10))" | grep -q . || break
  done
  for step in {0..99}; do
    pod_network=10.$((64 + (number + step) / 256 % 128)).$(((number + step) % 256))
    ip -4 route | grep -qF "$pod_network." || break
  done
  cat >"$STATE/settings" <<END
VERSION=$(kubernetes_version)
BINARIES=$(printf %q "$(binaries_dir)")
POD_NETWORK=$pod_network
APISERVER_PORT=$base
KUBELET_PORT=$((base + 1))
ETCD_PORT=$((base + 2))
ETCD_PEER_PORT=$((base + 3))
END
}
