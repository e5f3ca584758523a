#!/bin/sh
# Installs mail-proxy for this user: finds the archive for this machine, checks it against the release's SHA256SUMS, and puts the
# program where --to says (~/.local/bin). It needs curl or wget, tar, and one of sha256sum, shasum and openssl.
#   sh install.sh [--to FOLDER]
# MAIL_PROXY_BASE_URL is where the files of the release are, if they are elsewhere than this script was published with.
set -eu

# The release puts its own address here.
RELEASE_URL=""

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

has() {
  command -v "$1" > /dev/null 2>&1
}

platform() {
  case "$(uname -s)" in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    *) fail "there is no archive for $(uname -s) that this script could install" ;;
  esac
  case "$(uname -m)" in
    x86_64 | amd64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) fail "there is no archive for a processor of the kind $(uname -m)" ;;
  esac
  # A translated shell on Apple silicon calls itself x86_64.
  if [ "$system" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2> /dev/null || true)" = 1 ]; then processor=arm64; fi
  if [ "$system" = linux ] && ldd --version 2>&1 | grep -qi musl; then
    fail "this system has musl, and the program needs glibc"
  fi
  echo "$system-$processor"
}

# fetch URL FILE
fetch() {
  if has curl; then
    # What begins in TLS ends there, wherever it is sent on to.
    case "$1" in https:*) set -- "$@" --proto-redir =https ;; esac
    curl ${3:+"$3" "$4"} --fail --silent --show-error --location --retry 2 --output "$2" "$1"
  elif has wget; then
    wget -q -O "$2" "$1"
  else
    fail "neither curl nor wget is here"
  fi || fail "cannot fetch $1"
}

sum() {
  if has sha256sum; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  elif has openssl; then
    openssl dgst -sha256 "$1" | sed 's/.*= *//'
  else
    fail "none of sha256sum, shasum and openssl is here: what comes cannot be checked"
  fi
}

# All of it stands in a function, so that a script that came in half does nothing.
main() {
  to="${HOME:-}/.local/bin"
  while [ $# -gt 0 ]; do
    case "$1" in
      --to)
        [ $# -gt 1 ] || fail "--to needs a folder"
        to=$2
        shift 2
        ;;
      --help | -h)
        echo "sh install.sh [--to FOLDER]: installs mail-proxy there, or in ~/.local/bin"
        exit 0
        ;;
      *) fail "what is $1? There is --to FOLDER, and --help" ;;
    esac
  done
  base=${MAIL_PROXY_BASE_URL:-$RELEASE_URL}
  [ -n "$base" ] || fail "MAIL_PROXY_BASE_URL is to say where the release is"
  kind=$(platform)

  work=$(mktemp -d)
  new=
  trap 'rm -rf "$work" ${new:+"$new"}' EXIT
  trap 'exit 1' HUP INT TERM

  fetch "$base/SHA256SUMS" "$work/SHA256SUMS"
  name=$(sed -n "s/^[0-9a-f]\{64\}  \(mail-proxy-[0-9A-Za-z.+-]*-$kind\.tar\.gz\)\$/\1/p" "$work/SHA256SUMS")
  [ -n "$name" ] || fail "the release at $base has nothing for $kind"
  [ "$(printf '%s\n' "$name" | wc -l)" -eq 1 ] || fail "the release at $base has more than one archive for $kind"
  fetch "$base/$name" "$work/$name"
  wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\$/\1/p" "$work/SHA256SUMS")
  found=$(sum "$work/$name")
  [ "$found" = "$wanted" ] || fail "$name is not what SHA256SUMS says, nothing is installed: $found instead of $wanted"

  tar -xzf "$work/$name" -C "$work"
  mkdir -p "$to"
  [ ! -d "$to/mail-proxy" ] || fail "$to/mail-proxy is a folder"
  # Beside it first: a program that runs cannot be written into, and nobody is to find half of one.
  new=$(mktemp "$to/.mail-proxy.XXXXXX")
  cp "$work/${name%.tar.gz}/mail-proxy" "$new"
  chmod 755 "$new"
  mv -f "$new" "$to/mail-proxy"
  new=

  echo "$("$to/mail-proxy" version) is installed in $to"
  case ":$PATH:" in
    *":$to:"*) ;;
    *) echo "$to is not in PATH: add it, or call $to/mail-proxy" ;;
  esac
}

main "$@"
