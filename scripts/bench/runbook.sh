#!/usr/bin/env bash
# The runbook's commands, in its order, for the benchmark: what an operator types by hand, with nothing waited for longer
# than needed. `tar -tzf` is read to its end, because a listing that stops early proves nothing.
#
#   runbook.sh NAMESPACE PVC DEPLOYMENT ARCHIVE SHA256 IMAGE
set -euo pipefail
namespace=$1 pvc=$2 deployment=$3 archive=$4 expected=$5 image=$6
pod=nkvm-restore-$(date -u +%Y%m%d%H%M%S)
k() { kubectl -n "$namespace" "$@"; }

test -s "$archive"
test "$(sha256sum "$archive" | cut -c 1-64)" = "$expected"
tar -tzf "$archive" >/dev/null

k scale "deployment/$deployment" --replicas=0
k wait --for=delete pod -l "app=$deployment" --timeout=300s

k apply -f - <<EOF
apiVersion: v1
kind: Pod
metadata:
  name: $pod
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 2
  containers:
    - name: restore-helper
      image: $image
      command: ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"]
      volumeMounts: [{name: target, mountPath: /restore}]
  volumes:
    - name: target
      persistentVolumeClaim: {claimName: $pvc}
EOF
k wait --for=condition=Ready "pod/$pod" --timeout=180s

k cp "$archive" "$pod:/tmp/restore.tar.gz"
k exec "$pod" -- sh -c 'tar -xzf /tmp/restore.tar.gz -C /restore && { sync -f /restore 2>/dev/null || sync; }'

k exec "$pod" -- sh -c 'find /restore -maxdepth 3 -type f | head -n 40'
k exec "$pod" -- sh -c 'du -sh /restore'
k scale "deployment/$deployment" --replicas=1
k rollout status "deployment/$deployment" --timeout=300s
k delete "pod/$pod" --wait
