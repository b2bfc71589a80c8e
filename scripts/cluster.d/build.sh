# Compiles Kubernetes from the Go module proxy, once per machine: the result
# depends on nothing but the version and the sources in go/.

kubernetes_version() { echo "${NKVM_KUBERNETES_VERSION:-v1.34.4}"; }

# The folder that holds `kubernetes` (all programs of a node), `pause`, and
# `bin` with `kubectl` alone, to be put on PATH.
binaries_dir() {
  local inputs
  inputs=$(cd "$CLUSTER_D" && cat build.sh go/*/main.go | sha256sum | cut -c 1-8)
  echo "$(cache_root)/$(kubernetes_version)-$inputs"
}

ensure_binaries() {
  local target
  target=$(binaries_dir)
  [[ -d $target ]] && return
  command -v go >/dev/null || refuse "no compiled Kubernetes in $target, and no go to compile it with (scripts/setup installs one)"
  once "$target" "compiling Kubernetes $(kubernetes_version) for some minutes" build.log compile_in
}

compile_in() (
  export GOFLAGS=-mod=mod CGO_ENABLED=0 GOWORK=off HOME=${HOME:-$(cache_root)}
  local published flags
  flags=(-trimpath -buildvcs=false -p "$(compile_jobs)" -ldflags "-s -w $(version_stamp)")
  cp -r "$CLUSTER_D/go/." "$1" &&
    cd "$1" &&
    published=$(downloaded GoMod "k8s.io/kubernetes@$(kubernetes_version)") &&
    use_recent_go "$(sed -n 's/^go //p' "$published")" &&
    write_go_mod "$published" &&
    go build "${flags[@]}" -o built/pause ./pause &&
    go build "${flags[@]}" -o built/bin/kubectl k8s.io/kubernetes/cmd/kubectl &&
    go build "${flags[@]}" -o built/kubernetes ./kubernetes
)

# downloaded FIELD MODULE: the path of a part of a module, now in Go's cache.
downloaded() {
  local answer
  answer=$(go mod download -json "$2") || { echo "$answer"; return 1; } >&2
  sed -n "s/^\t\"$1\": \"\(.*\)\",\$/\1/p" <<<"$answer"
}

# From 1.21 on, go fetches a newer one when a module wants it. For an older one
# (Debian 12 has 1.19) the same toolchain is fetched here; only a go that knows
# what a toolchain is makes its files executable.
use_recent_go() {
  local toolchain
  printf '%s\n' go1.21 "$(go env GOVERSION)" | sort -VC && return
  toolchain=$(downloaded Dir "golang.org/toolchain@v0.0.1-go$1.$(go env GOOS)-$(go env GOARCH)") &&
    chmod +x "$toolchain"/bin/* "$toolchain"/pkg/tool/*/* &&
    PATH=$toolchain/bin:$PATH
}

# Kubernetes keeps its libraries in its own tree and replaces them by relative
# paths there; outside that tree they are the published modules of v0.X.Y.
write_go_mod() {
  local version
  version=$(kubernetes_version)
  {
    echo 'module nkvm.local/cluster'
    grep '^go ' "$1"
    echo "require k8s.io/kubernetes $version"
    sed -n "s|^\t\(k8s.io/[^ ]*\) => \./staging/.*|replace \1 => \1 v0.${version#v1.}|p" "$1"
  } >go.mod
}

# Without the stamp kubectl calls itself v0.0.0 and the API server refuses to
# compare versions with its kubelet.
version_stamp() {
  local version package
  version=$(kubernetes_version)
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf -- '-X %s.gitVersion=%s -X %s.gitMajor=1 -X %s.gitMinor=%s -X %s.gitTreeState=clean ' \
      "$package" "$version" "$package" "$package" "$(cut -d . -f 2 <<<"$version")" "$package"
  done
}

# A compiler of Kubernetes packages wants up to 2 GiB.
compile_jobs() {
  local cores gib
  cores=$(nproc)
  gib=$(awk '/^MemAvailable:/ { print int($2 / 2097152) }' /proc/meminfo)
  echo $((gib < 1 ? 1 : gib < cores ? gib : cores))
}
