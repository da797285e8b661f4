#!/bin/bash
# Lamplight on this machine: real broker, simulated devices, lamplightd, live on the terminal.
set -euo pipefail
# Paths on the command line are meant from where it was typed.
export LL_DEMO_CALLER="$PWD"
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: packaging/demo.sh [--seconds N] [--keep DIR]
       packaging/demo.sh --story [--break STEP] [--keep DIR]
       packaging/demo.sh --steps
  (nothing)      installs, builds, starts a broker on a free loopback port, an oximeter, a
                 ventilator, a feeding pump (simulated) and lamplightd, and shows them until Ctrl-C
  --seconds N    ends by itself after N seconds
  --story        a scripted night of about 75 s, told line by line: expected | seen | at.
                 Exit 0 only if an outside subscriber saw all of it
  --break STEP   the story with a wrong expectation at STEP: must exit 1
  --steps        names the steps of the story
  --keep DIR     keep logs, record and messages in DIR
LL_BIN=DIR in the environment: the programs of DIR; nothing is installed or built
Secondary notification; stay within hearing of the bedside devices.
EOF
}
for word in "$@"; do
  case "$word" in -h | --help) usage; exit 0 ;; esac
done
# A mistake on the command line is told before anything is installed or built.
if command -v python3 >/dev/null; then
  python3 -B packaging/demo/demo.py --only-look "$@" || { usage >&2; exit 2; }
fi

programs="lamplightd lamplight lamplight-driver lamplight-uplink lamplight-sounder lamplight-sim"
if [ -z "${LL_BIN:-}" ]; then
  packaging/install-deps.sh
  echo "building (a first build takes some minutes) …"
  cmake --preset release >/dev/null
  # shellcheck disable=SC2086
  cmake --build --preset release -j "$(nproc)" --target $programs | tail -n 1
fi
exec python3 -B packaging/demo/demo.py "$@"
