# One authority for the cluster, and who it vouches for. Everything is made
# anew at each start and dies with the state folder.

make_certificates() {
  mkdir -m 0700 "$STATE/pki"
  openssl_quiet req -x509 -nodes "${EC_KEY[@]}" -days 365 -subj /CN=nkvm-cluster \
    -keyout "$STATE/pki/ca.key" -out "$STATE/pki/ca.crt"
  issue apiserver /CN=kube-apiserver serverAuth \
    DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1
  issue kubelet "/O=system:nodes/CN=system:node:$NODE" serverAuth,clientAuth "DNS:$NODE,IP:127.0.0.1"
  issue admin /O=system:masters/CN=admin clientAuth DNS:admin
  openssl_quiet genpkey -algorithm ec -pkeyopt ec_paramgen_curve:prime256v1 -out "$STATE/pki/service-accounts.key"
  openssl_quiet pkey -in "$STATE/pki/service-accounts.key" -pubout -out "$STATE/pki/service-accounts.pub"
}

readonly EC_KEY=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1)

openssl_quiet() {
  openssl "$@" 2>>"$STATE/logs/openssl.log" || fail "openssl $1 failed; see $STATE/logs/openssl.log"
}

# issue NAME SUBJECT USAGE ALTERNATIVE_NAMES
issue() {
  openssl_quiet req -x509 -nodes "${EC_KEY[@]}" -days 365 -subj "$2" \
    -CA "$STATE/pki/ca.crt" -CAkey "$STATE/pki/ca.key" \
    -addext basicConstraints=critical,CA:false -addext "extendedKeyUsage=$3" -addext "subjectAltName=$4" \
    -keyout "$STATE/pki/$1.key" -out "$STATE/pki/$1.crt"
}

# write_kubeconfig FILE NAME: NAME's certificate is inside, so that the file
# works from anywhere and can be copied.
write_kubeconfig() {
  (umask 077 && cat >"$1") <<END
apiVersion: v1
kind: Config
current-context: nkvm-$ID
clusters:
- name: nkvm-$ID
  cluster:
    server: https://127.0.0.1:$APISERVER_PORT
    certificate-authority-data: $(base64 -w 0 "$STATE/pki/ca.crt")
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w 0 "$STATE/pki/$2.crt")
    client-key-data: $(base64 -w 0 "$STATE/pki/$2.key")
contexts:
- name: nkvm-$ID
  context: {cluster: nkvm-$ID, user: $2}
END
}
