# The image of an app in Python, as the NKVM app has one (python:…-slim is Debian
# too): dash, the GNU tools, Python with its SQLite. Assembled from Debian's own
# packages, once per machine and release of Python, and kept in the cache.

# Prints the folder that is the image's root.
app_image() {
  local target python
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "no apt-get to fetch Debian's Python with"
  # Fresh machines have no lists of packages yet.
  python=$(debian_python || { apt-get update -q >&2 && debian_python; }) || fail "apt knows no python3-minimal"
  target=$(cache_root)/app-image-$(cat "$CLUSTER_D/app-image.sh" <(echo "$python") | sha256sum | cut -c 1-8)
  once "$target" "assembling the image of an app from Debian's $python" app-image.log assemble_app_root "$python"
  echo "$target"
}

# Such as python3.11.
debian_python() {
  local answer
  answer=$(apt-cache depends python3-minimal | sed -n 's/^ *\(Pre\)\?Depends: \(python3\.[0-9]*\)-minimal$/\2/p' | head -n 1)
  [[ -n $answer ]] || return
  echo "$answer"
}

assemble_app_root() (
  local roots packages package python=$2
  mkdir "$1/debs" "$1/built" && cd "$1/debs" || return
  roots=(dash coreutils findutils "$python-minimal" "lib$python-stdlib")
  mapfile -t packages < <(printf '%s\n' "${roots[@]}" && libraries_of "${roots[@]}")
  # Root's downloads drop to the user _apt, who may not write here.
  apt-get -q -o APT::Sandbox::User=root download "${packages[@]}" || return
  for package in *.deb; do dpkg-deb -x "$package" "$1/built" || return; done
  cd "$1/built" &&
    rm -rf usr/share usr/lib/*/{gconv,perl*} usr/lib/"$python"/{test,idlelib,tkinter,ensurepip,lib2to3} &&
    for package in bin sbin lib lib64; do merge_into_usr "$package" || return; done &&
    ln -sf dash usr/bin/sh &&
    ln -sf "$python" usr/bin/python3 &&
    ln -sf python3 usr/bin/python &&
    mkdir -p app dev etc proc sys root && mkdir -m 1777 -p tmp && chmod 1777 tmp &&
    # As Debian's packages do when they are installed; an image forgets the times of its files.
    chroot . python3 -I -m compileall -q -f --invalidation-mode unchecked-hash "/usr/lib/$python"
)

libraries_of() {
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
    grep -E '^(lib|zlib)' | grep -v perl | sort -u
}

# Older packages have their files outside /usr.
merge_into_usr() {
  mkdir -p "usr/$1"
  if [[ -d $1 && ! -L $1 ]]; then cp -a "$1/." "usr/$1/" && rm -rf "${1:?}"; fi
  ln -sfn "usr/$1" "$1"
}
