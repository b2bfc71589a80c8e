# up: from nothing to a node that runs pods.

start_cluster() {
  require_machine
  if cluster_is_healthy; then
    say "Kubernetes $VERSION is up already"
    print_environment
    return
  fi
  if [[ -e $STATE ]]; then
    say "what is in $STATE is not a healthy cluster of $(kubernetes_version): taking it down first"
    remove_cluster
  fi
  ensure_binaries
  prepare_state
  start_programs
  wait_for 60 "the API server" kube get --raw /readyz
  kube create -f - >/dev/null <<<"$STORAGE_CLASSES"
  import_images
  wait_for 60 "the node" node_is_ready
  wait_for 30 "the default service account" kube get serviceaccount default
  say "up: Kubernetes $VERSION at https://127.0.0.1:$APISERVER_PORT, state and logs in $STATE"
  print_environment
}

readonly STORAGE_CLASSES='
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: nkvm-manual},
 provisioner: kubernetes.io/no-provisioner, volumeBindingMode: Immediate}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: nkvm-wait},
 provisioner: kubernetes.io/no-provisioner, volumeBindingMode: WaitForFirstConsumer}'

prepare_state() {
  mkdir -p "$STATE"
  choose_settings
  mkdir "$STATE"/{logs,pids,etcd,kubelet}
  # shellcheck source=/dev/null
  source "$STATE/settings"
  keep_kernel_settings
  make_cgroups
  make_certificates
  write_configuration
}

start_programs() {
  say "starting etcd, containerd, the control plane and the kubelet"
  launch etcd "$BINARIES/kubernetes" etcd --data-dir="$STATE/etcd" --unsafe-no-fsync --log-level=warn \
    --listen-client-urls="http://127.0.0.1:$ETCD_PORT" --advertise-client-urls="http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls="http://127.0.0.1:$ETCD_PEER_PORT" \
    --initial-advertise-peer-urls="http://127.0.0.1:$ETCD_PEER_PORT" \
    --initial-cluster="default=http://127.0.0.1:$ETCD_PEER_PORT"
  launch containerd containerd --config "$STATE/containerd.toml"
  launch kube-apiserver "$BINARIES/kubernetes" kube-apiserver "${APISERVER_FLAGS[@]}" \
    --etcd-servers="http://127.0.0.1:$ETCD_PORT" --secure-port="$APISERVER_PORT"
  wait_for 60 "the API server" kube get --raw /livez
  launch kube-controller-manager "$BINARIES/kubernetes" kube-controller-manager \
    --kubeconfig="$ADMIN_KUBECONFIG" --leader-elect=false --secure-port=0 \
    --service-account-private-key-file="$STATE/pki/service-accounts.key" --root-ca-file="$STATE/pki/ca.crt" \
    --cluster-signing-cert-file="$STATE/pki/ca.crt" --cluster-signing-key-file="$STATE/pki/ca.key" \
    --flex-volume-plugin-dir="$STATE/volume-plugins"
  launch kube-scheduler "$BINARIES/kubernetes" kube-scheduler \
    --kubeconfig="$ADMIN_KUBECONFIG" --leader-elect=false --secure-port=0
  wait_for 30 "containerd" containerd_ctl version
  launch kubelet "$BINARIES/kubernetes" kubelet --config="$STATE/kubelet.yaml" \
    --kubeconfig="$STATE/kubelet.kubeconfig" --hostname-override="$NODE" \
    --root-dir="$STATE/kubelet" --cert-dir="$STATE/pki"
}

# The kubelet is called by its host name because it listens on loopback only,
# while the address that it reports is the host's.
readonly APISERVER_FLAGS=(
  --bind-address=127.0.0.1
  --advertise-address=127.0.0.1
  --endpoint-reconciler-type=none
  --kubelet-preferred-address-types=Hostname
  --authorization-mode="Node,RBAC"
  --enable-admission-plugins=NodeRestriction
  --allow-privileged
  --service-cluster-ip-range=10.96.0.0/24
  --service-account-issuer=https://kubernetes.default.svc
  --service-account-key-file="$STATE/pki/service-accounts.pub"
  --service-account-signing-key-file="$STATE/pki/service-accounts.key"
  --client-ca-file="$STATE/pki/ca.crt"
  --tls-cert-file="$STATE/pki/apiserver.crt"
  --tls-private-key-file="$STATE/pki/apiserver.key"
  --kubelet-certificate-authority="$STATE/pki/ca.crt"
  --kubelet-client-certificate="$STATE/pki/admin.crt"
  --kubelet-client-key="$STATE/pki/admin.key"
  --cert-dir="$STATE/pki"
)

# launch NAME COMMAND...: in the cluster's control group and a session of its
# own, without the caller's environment, terminal and lock.
launch() {
  local name=$1
  shift
  (
    echo "$BASHPID" >"$(cgroup_tree)/$CGROUP/programs/cgroup.procs"
    exec {LOCK}<&-
    exec setsid env -i PATH="$PATH" HOME="$STATE" "$@"
  ) </dev/null >"$STATE/logs/$name.log" 2>&1 &
  echo $! >"$STATE/pids/$name"
}

# The kubelet wants the group it is to put pods in to be there, in every
# hierarchy. In v2 a group with processes of its own may not delegate, so the
# programs have a group beside those of the pods.
make_cgroups() {
  local dir controller
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    mkdir -p "/sys/fs/cgroup/$CGROUP"
    for dir in /sys/fs/cgroup "/sys/fs/cgroup/$CGROUP"; do
      for controller in $(<"$dir/cgroup.controllers"); do
        echo "+$controller" >"$dir/cgroup.subtree_control"
      done
    done
  else
    for dir in /sys/fs/cgroup/*/; do
      mkdir -p "$dir$CGROUP"
    done
  fi
  mkdir -p "$(cgroup_tree)/$CGROUP/programs"
}

cluster_is_healthy() {
  local program
  [[ -r $STATE/settings ]] || return
  # shellcheck source=/dev/null
  source "$STATE/settings"
  [[ $VERSION == "$(kubernetes_version)" ]] || return
  for program in "${PROGRAMS[@]}"; do
    program_runs "$program" || return
  done
  kube get --raw /readyz >/dev/null 2>&1 && node_is_ready
}

node_is_ready() {
  [[ $(kube get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]]
}

# Without $HOME and $KUBECONFIG: kubectl looks for preferences and caches there.
kube() {
  env -u KUBECONFIG HOME="$STATE" "$BINARIES/bin/kubectl" --kubeconfig "$ADMIN_KUBECONFIG" --request-timeout=5s "$@"
}

# wait_for SECONDS WHAT COMMAND...: WHAT is ready when COMMAND succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) program
  until "${@:3}" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      for program in "${PROGRAMS[@]}"; do
        program_runs "$program" || say "$program does not run"
      done
      fail "$2 was not ready within $1 s; see $STATE/logs (scripts/cluster down removes them)"
    fi
    sleep 0.1
  done
}

print_environment() {
  printf 'export KUBECONFIG=%q\n' "$ADMIN_KUBECONFIG"
  # shellcheck disable=SC2016
  printf 'export PATH=%q:$PATH\n' "$BINARIES/bin"
}

show_status() {
  if ! cluster_is_healthy; then
    echo "down"
    quit 3
  fi
  cat <<END
up
version     $VERSION
kubeconfig  $ADMIN_KUBECONFIG
kubectl     $BINARIES/bin/kubectl
API server  https://127.0.0.1:$APISERVER_PORT
kubelet     https://127.0.0.1:$KUBELET_PORT
etcd        http://127.0.0.1:$ETCD_PORT (peers: $ETCD_PEER_PORT)
pods        $POD_NETWORK.0/24
logs        $STATE/logs
END
}
