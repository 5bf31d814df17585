# Shared by the scripts here: where things are, how to say what is done, and how to become root for apt.
# shellcheck shell=bash

set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$repo/build/tools
downloads=$repo/build/downloads
log_folder=$repo/build/logs
mkdir -p "$tools" "$downloads" "$log_folder"

export CCACHE_BASEDIR=$repo CCACHE_NOHASHDIR=1
export cores; cores=$(nproc)

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# step NAME COMMAND...: runs the command with its output in a log, and says how long it took; on failure
# shows the end of the log and stops.
step() {
  local name=$1 began=$SECONDS log
  shift
  log=$log_folder/$(printf '%s' "$name" | tr -c 'A-Za-z0-9' '-').log
  printf '%-46s' "$name"
  # In the background, since bash ignores "set -e" in what an "if" asks for.
  (set -e && "$@") > "$log" 2>&1 &
  if wait $!; then
    printf ' %4d s\n' $((SECONDS - began))
  else
    printf ' FAILED after %d s\n' $((SECONDS - began))
    tail -n "${SECAI_LOG_LINES:-60}" "$log" >&2
    die "$name failed; the whole log is $log"
  fi
}

# as_root COMMAND...: as it is when root, else with sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    die "this needs root: install sudo, or run as root once: $*"
  fi
}

# The names in a package list without comments.
package_names() { sed 's/#.*//' "$@" | tr -s ' \n' '\n' | sed '/^$/d'; }

missing_packages() {
  local name
  for name in $(package_names "$@"); do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2> /dev/null | grep -qx installed || printf '%s ' "$name"
  done
}

# install_packages LIST...: apt-get what is not installed yet.
install_packages() {
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086  # A list of words.
  as_root sh -c "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing"
}

# A virtual environment for what comes from PyPI; nothing is installed outside the build folder.
make_venv() {
  [ -x "$tools/venv/bin/pip" ] || python3 -m venv "$tools/venv"
}

# check_os: the one system that the packages are named for.
check_os() {
  . /etc/os-release
  if [ "${ID:-}-${VERSION_ID:-}" != debian-12 ]; then
    say "note: written for Debian 12; this is ${PRETTY_NAME:-unknown}. Going on."
  fi
  [ "$(uname -m)" = x86_64 ] || say "note: tried on x86_64 only; this is $(uname -m). Going on."
}
