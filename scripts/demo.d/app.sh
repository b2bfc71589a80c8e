# An NKVM app in the cluster, for scripts/demo --in-app: a Deployment with its labels, user and claim in its usual
# namespace, that files a row in its history every second. The shop's backups are moved to its volume.

readonly APP_NAMESPACE=nerdy-k8s-volume-manager

# shellcheck disable=SC2016
readonly APP_WRITER='
import sqlite3, time
while True:
    try:
        history = sqlite3.connect("/var/lib/nkvm/data/backups.db")
        with history:
            history.execute("INSERT INTO backup_history (pvc_uid, namespace, pvc_name, status, message, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)", ("none", "shop", "nightly", "failed", "no such claim",
                time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())))
        history.close()
    except sqlite3.Error:
        pass
    time.sleep(1)'

readonly APP_UNPACK='
import sys, tarfile
for member in (archive := tarfile.open(fileobj=sys.stdin.buffer, mode="r|")):
    archive.extract(member, "/var/lib/nkvm", set_attrs=False)'

open_app() {
  kubectl create -f - >/dev/null <<<"{apiVersion: v1, kind: Namespace, metadata: {name: $APP_NAMESPACE, labels: {nkvm.dev/demo: \"true\"}}}"
  if [[ $(which_cluster) == own ]]; then app_volume | kubectl create -f - >/dev/null; fi
  until kubectl -n "$APP_NAMESPACE" get serviceaccount default >/dev/null 2>&1; do sleep 0.2; done
  app | kubectl -n "$APP_NAMESPACE" create -f - >/dev/null
  app_ready
  tar -cf - backups data | kubectl -n "$APP_NAMESPACE" exec -i "deployment/$APP_NAMESPACE" -- python3 -c "$APP_UNPACK"
  # From here on nothing of it is on this machine.
  rm -r data backups
}

app_ready() { kubectl -n "$APP_NAMESPACE" rollout status "deployment/$APP_NAMESPACE" --timeout=180s >/dev/null; }

# Only what a demo made.
close_app() { close_namespace "$APP_NAMESPACE"; }

app_volume() {
  mkdir -p "$WORK/volumes/nkvm-runtime-data"
  chown 10001:10001 "$WORK/volumes/nkvm-runtime-data"
  cat <<END
{apiVersion: v1, kind: PersistentVolume, metadata: {name: $APP_NAMESPACE-runtime-data, labels: {nkvm.dev/demo: "true"}},
 spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: nkvm-manual,
  hostPath: {path: "$WORK/volumes/nkvm-runtime-data"}, claimRef: {namespace: $APP_NAMESPACE, name: nkvm-runtime-data}}}
END
}

app() {
  local claim_spec='accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}' image=python:3-slim
  if [[ $(which_cluster) == own ]]; then
    claim_spec+=', storageClassName: nkvm-manual'
    image=nkvm.local/app:1
  fi
  cat <<END
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: nkvm-runtime-data}, spec: {$claim_spec}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: $APP_NAMESPACE, labels: &labels {
   app.kubernetes.io/name: nerdy-k8s-volume-manager, app.kubernetes.io/component: control-plane}},
 spec: {replicas: 1, strategy: {type: Recreate}, selector: {matchLabels: *labels},
  template: {metadata: {labels: *labels},
   spec: {securityContext: {runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001}, terminationGracePeriodSeconds: 1,
    containers: [{name: app, image: "$image", imagePullPolicy: IfNotPresent, workingDir: /var/lib/nkvm,
     command: [python3, -c, $(json_string "$APP_WRITER")],
     env: [{name: NKVM_METADATA_DB_PATH, value: /var/lib/nkvm/data/backups.db},
      {name: NKVM_BACKUP_DIR, value: /var/lib/nkvm/backups}],
     volumeMounts: [{name: data, mountPath: /var/lib/nkvm}]}],
    volumes: [{name: data, persistentVolumeClaim: {claimName: nkvm-runtime-data}}]}}}}
END
}
