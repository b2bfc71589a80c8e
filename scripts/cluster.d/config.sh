# The configuration files of the programs that want files instead of flags.

write_configuration() {
  write_kubeconfig "$ADMIN_KUBECONFIG" admin
  write_kubeconfig "$STATE/kubelet.kubeconfig" kubelet
  write_containerd_config
  write_network_config
  write_kubelet_config
}

# All paths under the state folder, those of plugins that have a default place
# elsewhere too. restrict_oom_score_adj: without CAP_SYS_RESOURCE runc may not
# lower a score and dies with "can't get final child's PID from pipe: EOF".
write_containerd_config() {
  cat >"$STATE/containerd.toml" <<END
version = 2
root = "$STATE/containerd"
state = "$STATE/containerd-state"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "$CONTAINERD_SOCKET"
[plugins."io.containerd.internal.v1.opt"]
  path = "$STATE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "nkvm.local/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$(cni_plugins_dir)"
    conf_dir = "$STATE/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "$STATE/runc"
END
}

# A cable from the host to each pod: no bridge, no packet filter rules, nothing
# that would outlive the pod.
write_network_config() {
  mkdir "$STATE/cni"
  cat >"$STATE/cni/pods.conflist" <<END
{
  "cniVersion": "0.4.0",
  "name": "nkvm-$ID",
  "plugins": [{
    "type": "ptp",
    "ipMasq": false,
    "ipam": {
      "type": "host-local",
      "ranges": [[{"subnet": "$POD_NETWORK.0/24"}]],
      "routes": [{"dst": "0.0.0.0/0"}],
      "dataDir": "$STATE/cni-addresses"
    }
  }]
}
END
}

# Never evicts and never collects images: the host's disk may be nearly full,
# and images that were made on the spot cannot be pulled again. There is no DNS
# server: an address for one only spares each pod an event that says so.
write_kubelet_config() {
  cat >"$STATE/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $KUBELET_PORT
healthzPort: 0
readOnlyPort: 0
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $STATE/pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $STATE/pki/kubelet.crt
tlsPrivateKeyFile: $STATE/pki/kubelet.key
containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
podLogsDir: $STATE/pod-logs
volumePluginDir: $STATE/volume-plugins
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
oomScoreAdj: 0
syncFrequency: 5s
imageGCHighThresholdPercent: 100
evictionHard: {imagefs.available: "0%", nodefs.available: "0%", nodefs.inodesFree: "0%"}
END
}
