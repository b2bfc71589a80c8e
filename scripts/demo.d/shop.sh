# The shop of the demo: `orders`, a Deployment with a claim, and `catalog`, a
# StatefulSet of three with a claim each. They fill their volume when it is empty
# and write to it all the time; and they are backed up as the NKVM app does it.

readonly CLAIMS=(orders-data data-catalog-0 data-catalog-1 data-catalog-2)

# A random word in each file: only a restore can bring back the same ones.
# shellcheck disable=SC2016
readonly SHOPKEEPER='
trap "exit 0" TERM
if [ ! -e /data/items ]; then
  mkdir -p /data/items "/data/paid & sent" && chmod 750 /data/items
  for n in $(seq 1 200); do
    echo "{\"item\": $n, \"token\": \"$(cat /proc/sys/kernel/random/uuid)\"}" >"/data/items/$n.json"
  done
  chown -R 1000:2000 /data/items && ln -s items/1.json /data/first
fi
while :; do date >>/data/visits.log; sleep 0.5 & wait $!; done'

open_shop() {
  kubectl create -f - >/dev/null <<<'{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {nkvm.dev/demo: "true"}}}'
  if [[ $(which_cluster) == own ]]; then volumes | kubectl create -f - >/dev/null; fi
  until kubectl -n shop get serviceaccount default >/dev/null 2>&1; do sleep 0.2; done
  shop | kubectl -n shop create -f - >/dev/null
  kubectl -n shop rollout status deployment/orders --timeout=180s >/dev/null
  kubectl -n shop rollout status statefulset/catalog --timeout=180s >/dev/null
  until [[ $(kubectl -n shop exec deployment/orders -- sh -c 'ls /data/visits.log' 2>/dev/null) ]]; do sleep 0.2; done
  until [[ $(kubectl -n shop exec catalog-2 -- sh -c 'ls /data/visits.log' 2>/dev/null) ]]; do sleep 0.2; done
}

close_shop() { close_namespace shop; }

# close_namespace NAME: only what a demo made.
close_namespace() {
  local label
  label=$(kubectl get namespace "$1" --ignore-not-found -o 'jsonpath={.metadata.name}={.metadata.labels.nkvm\.dev/demo}') || return
  case $label in
    '') ;;
    "$1=true") kubectl delete namespace "$1" --timeout=120s >/dev/null ;;
    *) fail "there is a namespace $1 that the demo did not make: it is left alone" ;;
  esac
  kubectl delete persistentvolume -l "nkvm.dev/demo=true" >/dev/null
}

# Folders of the machine, where no storage class makes volumes.
volumes() {
  local claim
  for claim in "${CLAIMS[@]}"; do
    mkdir -p "$WORK/volumes/$claim"
    cat <<END
{apiVersion: v1, kind: PersistentVolume, metadata: {name: shop-$claim, labels: {nkvm.dev/demo: "true"}},
 spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: nkvm-manual,
  hostPath: {path: "$WORK/volumes/$claim"}, claimRef: {namespace: shop, name: $claim}}}
---
END
  done
}

shop() {
  local claim_spec='accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}' pod
  if [[ $(which_cluster) == own ]]; then claim_spec+=', storageClassName: nkvm-manual'; fi
  pod="terminationGracePeriodSeconds: 5, containers: [{name: app, image: \"$IMAGE\", imagePullPolicy: IfNotPresent,
    command: [sh, -c, $(json_string "$SHOPKEEPER")], volumeMounts: [{name: data, mountPath: /data}]}]"
  cat <<END
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: orders-data}, spec: {$claim_spec}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: orders},
 spec: {replicas: 1, strategy: {type: Recreate}, selector: {matchLabels: {app: orders}},
  template: {metadata: {labels: {app: orders}},
   spec: {$pod, volumes: [{name: data, persistentVolumeClaim: {claimName: orders-data}}]}}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: catalog},
 spec: {replicas: 3, serviceName: catalog, podManagementPolicy: Parallel, selector: {matchLabels: {app: catalog}},
  template: {metadata: {labels: {app: catalog}}, spec: {$pod}},
  volumeClaimTemplates: [{metadata: {name: data}, spec: {$claim_spec}}]}}
END
}

json_string() { node -p 'JSON.stringify(process.argv[1])' "$1"; }

# back_up CLAIM...: a helper pod with the volume at /data, tar in it, the archive
# and its checksum filed.
back_up() {
  local claim pod
  for claim in "$@"; do
    pod=nkvm-backup-$claim
    kubectl -n shop create -f - >/dev/null <<END
{apiVersion: v1, kind: Pod, metadata: {name: $pod, labels: {
   app.kubernetes.io/name: nerdy-k8s-volume-manager, app.kubernetes.io/component: backup-helper}},
 spec: {restartPolicy: Never, terminationGracePeriodSeconds: 1,
  containers: [{name: helper, image: "$IMAGE", imagePullPolicy: IfNotPresent, command: [sh, -c, 'trap "exit 0" TERM; sleep 600 & wait'],
   volumeMounts: [{name: data, mountPath: /data, readOnly: true}]}],
  volumes: [{name: data, persistentVolumeClaim: {claimName: $claim}}]}}
END
    kubectl -n shop wait --for=condition=Ready "pod/$pod" --timeout=120s >/dev/null
    # tar complains of a log that grows while it is read; so it does in NKVM.
    kubectl -n shop exec "$pod" -- tar -czf /tmp/backup.tar.gz -C /data . 2>/dev/null || true
    kubectl -n shop exec "$pod" -- cat /tmp/backup.tar.gz >made.tar.gz
    kubectl -n shop delete pod "$pod" >/dev/null
    node "$CHECKOUT/scripts/demo.d/file-backup.ts" shop "$claim" \
      "$(kubectl -n shop get persistentvolumeclaim "$claim" -o 'jsonpath={.metadata.uid}')"
  done
}

# items_of POD: what a restore has to bring back, to the letter.
items_of() {
  kubectl -n shop exec "$1" -- sh -c 'cd /data && stat -c "%n %a %u:%g %Y" items/* && sha256sum items/* && readlink first'
}

remember_data() {
  items_of deployment/orders >orders.before
  items_of catalog-1 >catalog-1.before
}

check_shop() {
  local ready
  [[ $(wc -l <orders.before) -eq 401 ]] || fail "there was no data to begin with"
  items_of deployment/orders | cmp - orders.before || fail "the orders are not what they were"
  items_of catalog-1 | cmp - catalog-1.before || fail "the data of catalog-1 is not what it was"
  ready=$(kubectl -n shop get deployment/orders statefulset/catalog -o 'jsonpath={.items[*].status.readyReplicas}')
  [[ $ready == '1 3' ]] || fail "the pods do not all run: $ready instead of 1 3"
  title "The data is back: all 400 files are what they were, and all 4 pods run"
  if [[ -z $KEEP ]]; then echo "To look around: scripts/demo --keep, and in the end scripts/cluster down"; fi
}
