# The APIs of KEDA, Argo CD and Flux, for the tests that want them: their own
# definitions of ScaledObject, Application, Kustomization and HelmRelease (all
# under the Apache License 2.0), had from the Go module proxy once per machine.
# Nothing of the projects runs, and nothing of theirs is kept in the checkout.

readonly KEDA=github.com/kedacore/keda/v2@v2.16.1
readonly ARGO_CD=github.com/argoproj/argo-cd/v2@v2.14.21
readonly FLUX_KUSTOMIZE=github.com/fluxcd/kustomize-controller@v1.9.6
# Flux makes the definition of HelmRelease from its Go types, and so do we.
readonly FLUX_HELM_TYPES=github.com/fluxcd/helm-controller/api@v1.3.0
readonly CONTROLLER_GEN=sigs.k8s.io/controller-tools@v0.19.0

# Holds a file for each kind.
keepers_dir() {
  echo "$(cache_root)/keepers-$(sha256sum <"$CLUSTER_D/keepers.sh" | cut -c 1-8)"
}

ensure_keepers() {
  local target
  target=$(keepers_dir)
  [[ -d $target ]] && return
  command -v go >/dev/null || refuse "no definitions of KEDA, Argo CD and Flux in $target, and no go to fetch them with (scripts/setup installs one)"
  once "$target" "fetching the APIs of KEDA, Argo CD and Flux" build-keepers.log fetch_keepers_in
}

fetch_keepers_in() (
  export GOFLAGS=-mod=mod CGO_ENABLED=0 GOWORK=off HOME=${HOME:-$(cache_root)}
  local keda argo_cd flux
  cd "$1" &&
    mkdir built &&
    keda=$(downloaded Dir "$KEDA") &&
    argo_cd=$(downloaded Dir "$ARGO_CD") &&
    flux=$(downloaded Dir "$FLUX_KUSTOMIZE") &&
    cp "$keda/config/crd/bases/keda.sh_scaledobjects.yaml" \
      "$argo_cd"/manifests/crds/application{,set}-crd.yaml \
      "$flux/config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml" built/ &&
    use_recent_go 1.24.0 &&
    printf 'module nkvm.local/keepers\ngo 1.24.0\nrequire (\n%s\n%s\n)\n' \
      "${FLUX_HELM_TYPES/@/ }" "${CONTROLLER_GEN/@/ }" >go.mod &&
    go build -p "$(compile_jobs)" -o controller-gen "${CONTROLLER_GEN%@*}/cmd/controller-gen" &&
    ./controller-gen crd paths="${FLUX_HELM_TYPES%@*}/v2" output:crd:dir=built &&
    chmod -R u+w built
)

show_keepers() {
  ensure_keepers
  keepers_dir
}
