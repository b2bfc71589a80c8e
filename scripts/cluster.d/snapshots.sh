# Volume snapshots, for the tests that want them: the real snapshot controller
# and sidecar, and the tests' own CSI driver, compiled from the Go module proxy
# once per machine, beside Kubernetes and in the same way. They run as plain
# programs; who starts them also stops them.

readonly CSI_SOURCES=$CHECKOUT/test/support/csi-driver

# Holds csi-driver, csi-snapshotter, snapshot-controller, and the kinds of the
# API in crds/.
snapshots_dir() {
  local inputs
  inputs=$(cat "$CLUSTER_D/snapshots.sh" "$CSI_SOURCES"/*.go "$CSI_SOURCES"/go.* | sha256sum | cut -c 1-8)
  echo "$(cache_root)/snapshots-$(snapshotter_version)-$inputs"
}

snapshotter_version() { sed -n 's|^\tgithub.com/kubernetes-csi/external-snapshotter/v8 \(v[^ ]*\).*|\1|p' "$CSI_SOURCES/go.mod"; }

ensure_snapshots() {
  local target
  target=$(snapshots_dir)
  [[ -d $target ]] && return
  command -v go >/dev/null || refuse "no compiled snapshot controller in $target, and no go to compile it with (scripts/setup installs one)"
  once "$target" "compiling the snapshot controller $(snapshotter_version) for some minutes" build-snapshots.log compile_snapshots_in
}

compile_snapshots_in() (
  export CGO_ENABLED=0 GOWORK=off HOME=${HOME:-$(cache_root)}
  local client programs=github.com/kubernetes-csi/external-snapshotter/v8/cmd
  cd "$1" &&
    use_recent_go "$(sed -n 's/^go //p' "$CSI_SOURCES/go.mod")" &&
    cp "$CSI_SOURCES"/*.go "$CSI_SOURCES"/go.* . &&
    mkdir built &&
    timeout 1800 go build -trimpath -buildvcs=false -p "$(compile_jobs)" -ldflags "-s -w" \
      -o built/ . "$programs/csi-snapshotter" "$programs/snapshot-controller" &&
    client=$(go list -m -f '{{.Dir}}' github.com/kubernetes-csi/external-snapshotter/client/v8) &&
    mkdir built/crds &&
    cp "$client"/config/crd/snapshot.storage.k8s.io_*.yaml built/crds/ &&
    chmod -R u+w built/crds
)

show_snapshots() {
  ensure_snapshots
  snapshots_dir
}
