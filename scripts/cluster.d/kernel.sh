# What the kubelet and the network plugin set for the whole machine: as it was
# before the first cluster, and will be again after the last.

readonly KEPT_KERNEL_SETTINGS=/run/nkvm-cluster-kernel-settings
readonly KERNEL_SETTINGS=(
  net/ipv4/ip_forward
  vm/overcommit_memory
  vm/panic_on_oom
  kernel/panic
  kernel/panic_on_oops
  kernel/keys/root_maxkeys
  kernel/keys/root_maxbytes
)

keep_kernel_settings() {
  local name
  [[ ! -e $KEPT_KERNEL_SETTINGS ]] || return 0
  for name in "${KERNEL_SETTINGS[@]}"; do
    if [[ -r /proc/sys/$name ]]; then echo "$name $(<"/proc/sys/$name")"; fi
  done >"$KEPT_KERNEL_SETTINGS"
}

restore_kernel_settings() {
  local name value
  [[ -e $KEPT_KERNEL_SETTINGS ]] || return 0
  while read -r name value; do
    [[ $(<"/proc/sys/$name") == "$value" ]] || echo "$value" >"/proc/sys/$name"
  done <"$KEPT_KERNEL_SETTINGS"
  rm "$KEPT_KERNEL_SETTINGS"
}
