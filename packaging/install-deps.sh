#!/bin/sh
# Installs what building, testing and the demo need, by Debian 12 package name. Needs root or sudo
# only when something is missing. --full adds what only the full gate needs.
set -eu

usage() {
  echo "usage: packaging/install-deps.sh [--full] [--list]"
  echo "  --full   also the second compiler, sanitizer runtimes, linters, coverage, debootstrap"
  echo "  --list   print the package names and exit"
}

build="g++-12 cmake ninja-build ccache mold pkg-config git ca-certificates
  libpaho-mqttpp-dev libpaho-mqtt-dev libssl-dev libmodbus-dev libsqlite3-dev libsodium-dev
  libspdlog-dev libfmt-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev libexpected-dev
  libasound2-dev"
tests="libgtest-dev libgmock-dev librapidcheck-dev libvalijson-dev
  mosquitto mosquitto-clients openssl python3 jq procps systemd util-linux"
full="clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19 gcovr debootstrap"

wanted="$build $tests"
list=no
for word in "$@"; do
  case "$word" in
    --full) wanted="$wanted $full" ;;
    --list) list=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "install-deps.sh: unknown option: $word" >&2; usage >&2; exit 2 ;;
  esac
done
if [ "$list" = yes ]; then
  printf '%s\n' $wanted
  exit 0
fi

missing=""
for package in $wanted; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install-deps.sh: these packages are missing:$missing" >&2
    echo "  fix: run packaging/install-deps.sh once as root" >&2
    exit 1
  fi
  as_root="sudo"
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends $missing
