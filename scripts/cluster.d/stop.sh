# down: stop what runs, then undo what was done to the machine.

stop_cluster() {
  if [[ ! -e $STATE && ! -d $(cgroup_tree)/$CGROUP ]]; then
    say "is not up"
    return
  fi
  [[ $EUID -eq 0 ]] || refuse "only root may stop containers"
  say "stopping"
  remove_cluster
  say "down"
}

remove_cluster() {
  local program
  # A folder of somebody's, named by mistake, has no such file.
  [[ ! -e $STATE || -e $STATE/settings ]] || rmdir "$STATE" 2>/dev/null ||
    fail "$STATE is not the state of a cluster: it is left alone"
  # The kubelet first: it would start again what is stopped after it.
  for program in kubelet kube-scheduler kube-controller-manager kube-apiserver etcd; do
    stop_program "$program"
  done
  stop_containers
  stop_program containerd
  stop_the_rest
  unmount_all
  remove_traces
  rm -rf --one-file-system "$STATE"
}

# A number in a file may by now belong to another process: it is ours only if
# it is in our control group.
program_runs() {
  local pid
  pid=$(cat "$STATE/pids/$1" 2>/dev/null) && grep -qs ":/$CGROUP/programs$" "/proc/$pid/cgroup"
}

stop_program() {
  local pid
  program_runs "$1" || return 0
  pid=$(<"$STATE/pids/$1")
  kill "$pid" 2>/dev/null || true
  until_true 5 not program_runs "$1" || kill -KILL "$pid" 2>/dev/null || true
}

# When its container ends, a shim tells containerd, which cleans up after it
# and ends the shim: that is why containerd still runs.
stop_containers() {
  program_runs containerd || return 0
  kill_all kubepods
  until_true 10 only_containerd_is_left || say "some containers did not end in time"
}

only_containerd_is_left() { [[ $(cluster_pids) == "$(<"$STATE/pids/containerd")" ]]; }

# Whatever outlived its parent, as after a crash. A killed shim leaves a socket
# outside the state folder; its address is in the state folder.
stop_the_rest() {
  local address
  kill_all
  until_true 5 no_process_is_left || fail "these processes cannot be killed: $(cluster_pids | tr '\n' ' ')"
  for address in "$STATE"/containerd-state/io.containerd.runtime.v2.task/*/*/address; do
    [[ -e $address ]] && rm -f "$(sed 's|^unix://||' "$address")"
  done
  return 0
}

no_process_is_left() { [[ -z $(cluster_pids) ]]; }

# kill_all [GROUP]
kill_all() {
  local pid
  for pid in $(cluster_pids "$@"); do
    kill -KILL "$pid" 2>/dev/null || true
  done
}

# The volumes and layers of the pods, and their network namespaces. Nothing may
# be removed while a mount is left: it could be somebody's directory.
unmount_all() {
  local target
  for target in $(mounts_in_state | sort -r); do
    target=$(printf %b "$target")
    umount "$target" 2>/dev/null || umount -l "$target" || true
  done
  [[ -z $(mounts_in_state) ]] || fail "still mounted: $(mounts_in_state | tr '\n' ' ')"
}

mounts_in_state() {
  awk -v state="$STATE/" 'index($5, state) == 1 { print $5 }' /proc/self/mountinfo
}

# What the programs left outside the state folder because its place cannot be
# configured, or not for each cluster.
remove_traces() {
  find /sys/fs/cgroup -depth -type d -path "*/$CGROUP*" -exec rmdir {} + 2>/dev/null || true
  until_true 5 no_cable_is_left || say "a route to the pods' network is left"
  find /var/log/containers -lname "$STATE/*" -delete 2>/dev/null || true
  { grep -lsF "\"$STATE/" /var/lib/cni/results/* || true; } | xargs -r rm -f
  another_cluster_is_up || remove_shared_traces
}

# The host's end of a cable goes with the pod's network namespace.
no_cable_is_left() {
  [[ -r $STATE/settings ]] || return 0
  # shellcheck source=/dev/null
  source "$STATE/settings"
  ! ip -4 route | grep -qF "$POD_NETWORK."
}

another_cluster_is_up() { compgen -G "$(cgroup_tree)/nkvm-*" >/dev/null; }

# Folders that others may use too go only if they are empty.
remove_shared_traces() {
  restore_kernel_settings
  rm -f /var/lib/kubelet/device-plugins/{kubelet.sock,kubelet_internal_checkpoint}
  rmdir -p /var/lib/kubelet/device-plugins /var/lib/cni/results /var/log/containers /run/containerd/s 2>/dev/null || true
}

not() { ! "$@"; }

# until_true SECONDS COMMAND...: whether COMMAND succeeded in time.
until_true() {
  local deadline=$((SECONDS + $1))
  until "${@:2}"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}
