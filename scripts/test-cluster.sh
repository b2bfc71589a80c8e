# Sourced by scripts/test and scripts/demo: a cluster to work on, and the end of it.
#
# It is the one that NKVM_TEST_CONTEXT names, else a new one of kind where Docker
# works, else this checkout's own (scripts/cluster). Nothing else is ever used:
# not the active context, and an inherited KUBECONFIG only to look up that name.
#
# obtain_cluster sets TEST_KUBECONFIG (its current context is the cluster), puts
# kubectl on PATH, and sets STARTED to what release_cluster has to take down. It
# returns 1, with the reason in NO_CLUSTER, where there is none to be had.

CHECKOUT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
CALLERS_KUBECONFIG=${KUBECONFIG:-${HOME:-}/.kube/config}
KIND_NAME=nkvm-$(printf %s "$CHECKOUT" | sha256sum | cut -c 1-8)
readonly CHECKOUT CALLERS_KUBECONFIG KIND_NAME
unset KUBECONFIG
TEST_KUBECONFIG='' STARTED='' NO_CLUSTER=''

# which_cluster: named, kind or own; before anything is installed.
which_cluster() {
  if [[ -n ${NKVM_TEST_CONTEXT:-} ]]; then
    echo named
  elif command -v kind >/dev/null && docker info >/dev/null 2>&1; then
    echo kind
  else
    echo own
  fi
}

# obtain_cluster FOLDER: FOLDER is for files of ours, and seen by a kind node
# under the same path.
obtain_cluster() {
  case $(which_cluster) in
    named) use_named_cluster "$1" ;;
    kind) start_kind "$1" ;;
    own) start_own_cluster ;;
  esac
}

use_named_cluster() {
  TEST_KUBECONFIG=$1/kubeconfig
  (umask 077 && KUBECONFIG=$CALLERS_KUBECONFIG kubectl config view --raw --flatten --minify \
    --context="$NKVM_TEST_CONTEXT" >"$TEST_KUBECONFIG" </dev/null) && return
  NO_CLUSTER="the context $NKVM_TEST_CONTEXT cannot be used"
  return 1
}

start_own_cluster() {
  local environment
  if ! "$CHECKOUT/scripts/cluster" status </dev/null >/dev/null 2>&1; then STARTED=own; fi
  if ! environment=$("$CHECKOUT/scripts/cluster" up </dev/null); then
    NO_CLUSTER='scripts/cluster cannot start one here (its reason is above), and there is no kind with Docker'
    return 1
  fi
  eval "$environment"
  TEST_KUBECONFIG=$KUBECONFIG
  unset KUBECONFIG
}

start_kind() {
  TEST_KUBECONFIG=$1/kubeconfig
  STARTED=kind
  if kind create cluster --name "$KIND_NAME" --kubeconfig "$TEST_KUBECONFIG" --wait 180s --config - <<END; then
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraMounts: [{hostPath: $1, containerPath: $1, propagation: HostToContainer}]
END
    load_kind_images "$1" && add_storage_classes && return
  fi
  NO_CLUSTER='kind could not start one'
  return 1
}

# The images that scripts/cluster has: busybox twice, with different users, and
# an app in Python.
load_kind_images() (
  set -e
  say() { echo "images: $*" >&2; }
  fail() { say "$*" && exit 1; }
  refuse() { fail "$*"; }
  CLUSTER_D=$CHECKOUT/scripts/cluster.d
  for topic in once build app-image images; do
    # shellcheck source=/dev/null
    source "$CLUSTER_D/$topic.sh"
  done
  app=$(app_image)
  busybox_root "$1/busybox"
  write_names "$1/busybox" daemon:1 bin:2 www-data:33 postgres:999 nobody:65534
  cp -a "$1/busybox" "$1/other-names"
  write_names "$1/other-names" bin:1 daemon:2 postgres:70 www-data:82 nobody:99
  cp -a "$app" "$1/app"
  write_names "$1/app" app:10001
  for name in busybox other-names app; do
    configuration=(-c 'CMD ["sh"]' -c 'ENV PATH=/usr/bin:/bin')
    if [[ $name == app ]]; then configuration+=(-c 'USER 10001' -c 'WORKDIR /app'); fi
    tar -C "$1/$name" --owner=0 --group=0 -c . |
      docker import "${configuration[@]}" - "nkvm.local/$name:1" >/dev/null
    kind load docker-image --name "$KIND_NAME" "nkvm.local/$name:1"
  done
)

add_storage_classes() {
  # shellcheck source=/dev/null
  (STATE='' && source "$CHECKOUT/scripts/cluster.d/start.sh" && printf %s "$STORAGE_CLASSES") |
    kubectl --kubeconfig "$TEST_KUBECONFIG" create -f - >/dev/null
}

# Takes down what obtain_cluster started, and says nothing if that goes well.
release_cluster() {
  local started=$STARTED log
  STARTED=''
  log=$(mktemp)
  case $started in
    own) "$CHECKOUT/scripts/cluster" down </dev/null >"$log" 2>&1 || cat "$log" >&2 ;;
    kind) kind delete cluster --name "$KIND_NAME" --kubeconfig "$TEST_KUBECONFIG" >"$log" 2>&1 || cat "$log" >&2 ;;
  esac
  rm -f "$log"
}
