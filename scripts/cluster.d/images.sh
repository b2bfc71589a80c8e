# Container images made on the spot, as there may be no registry to pull from:
# a docker-archive holds one layer, a configuration and a list of both.

# Of an app in Python, see app-image.sh.
readonly APP_CONFIGURATION='"User":"10001","WorkingDir":"/app","Cmd":["python3"],"Env":["PATH=/usr/bin:/bin"]'

import_images() {
  local work=$STATE/images app
  app=$(app_image) || quit 1
  mkdir -p "$work"
  busybox_root "$work/busybox"
  write_names "$work/busybox" daemon:1 bin:2 www-data:33 postgres:999 nobody:65534
  # The same names for other numbers, as in alpine: an extraction that goes by
  # name gives files to the wrong owner here.
  cp -a "$work/busybox" "$work/other-names"
  write_names "$work/other-names" bin:1 daemon:2 postgres:70 www-data:82 nobody:99
  mkdir "$work/pause"
  cp "$(binaries_dir)/pause" "$work/pause/pause"

  import_image "$work/busybox" '"Cmd":["sh"],"Env":["PATH=/bin"]'
  import_image "$work/other-names" '"Cmd":["sh"],"Env":["PATH=/bin"]'
  import_image "$work/pause" '"Entrypoint":["/pause"]'

  cp -a "$app" "$work/app"
  write_names "$work/app" app:10001
  import_image "$work/app" "$APP_CONFIGURATION"
  rm -rf "$work"
}

busybox_root() {
  local applet
  mkdir -p "$1"/{bin,etc,proc,sys,dev,root,var}
  mkdir -m 1777 "$1/tmp"
  cp "$(command -v busybox)" "$1/bin/busybox"
  # Debian's dynamically linked busybox would find no libraries in there.
  "$1/bin/busybox" chroot "$1" /bin/busybox true || refuse "busybox is not static (scripts/setup installs busybox-static)"
  for applet in $("$1/bin/busybox" --list); do
    [[ $applet == busybox ]] || ln -s busybox "$1/bin/$applet"
  done
}

# write_names ROOT NAME:NUMBER...: users and groups of the image.
write_names() {
  local root=$1 entry
  echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
  echo root:x:0: >"$root/etc/group"
  for entry in "${@:2}"; do
    echo "${entry%:*}:x:${entry#*:}:${entry#*:}::/:/bin/sh" >>"$root/etc/passwd"
    echo "${entry%:*}:x:${entry#*:}:" >>"$root/etc/group"
  done
}

# import_image ROOT CONFIGURATION: ROOT's last name is the image's.
import_image() {
  local root=$1 name architecture layer
  name=nkvm.local/$(basename "$root"):1
  architecture=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
  mkdir "$root.image"
  tar -C "$root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$root.image/layer.tar" .
  layer=$(sha256sum <"$root.image/layer.tar" | cut -c 1-64)
  cat >"$root.image/config.json" <<END
{"architecture":"$architecture","os":"linux","config":{$2},"rootfs":{"type":"layers","diff_ids":["sha256:$layer"]}}
END
  cat >"$root.image/manifest.json" <<END
[{"Config":"config.json","RepoTags":["$name"],"Layers":["layer.tar"]}]
END
  tar -C "$root.image" -cf "$root.tar" .
  containerd_ctl images import "$root.tar" >>"$STATE/logs/images.log" 2>&1 || fail "$name was not imported; see $STATE/logs/images.log"
}

containerd_ctl() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }
