# What is made once per machine and shared by all checkouts: it lies in the
# user's cache under a name made of all that it depends on, and appears there
# whole (a rename) or not at all.

cache_root() {
  local base=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
  echo "${NKVM_CACHE:-${base:-/var/cache}}/nkvm-cluster"
}

# once TARGET "doing what" LOG FUNCTION [ARGUMENT...]: makes the folder TARGET
# unless it is there. FUNCTION gets an empty folder and the arguments, and
# leaves in the folder `built` what is to be TARGET.
once() {
  local target=$1 doing=$2 log lock work
  [[ -d $target ]] && return
  log=$(cache_root)/$3
  shift 3
  mkdir -p "$(cache_root)"
  # Two checkouts may want the same at once: one makes it, one waits.
  exec {lock}>"$(cache_root)/build.lock"
  flock "$lock"
  if [[ ! -d $target ]]; then
    # Of one that was interrupted; nobody else makes anything while we hold the lock.
    rm -rf "$(cache_root)"/building.*
    work=$(mktemp -d "$(cache_root)/building.XXXXXX")
    say "$doing (once; log: $log)"
    # As a condition, where bash ignores `set -e`: hence the chains of && in every FUNCTION.
    if ! "$1" "$work" "${@:2}" >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      rm -rf "$work"
      fail "$doing failed; the whole log is $log"
    fi
    mv -T "$work/built" "$target"
    rm -rf "$work"
  fi
  exec {lock}>&-
}
