#!/bin/bash
# Many seeds of the simulation with the release build. Exit 0: all clean. The scripts of failed
# seeds (shortened) and the log stay in build/sim.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'EOF'
usage: tests/sim/run.sh [--seeds N] [--first S] [--jobs J] [--program FILE]
  --seeds N       how many (default 10000)
  --first S       the first one (default 1)
  --jobs J        at once (default: all processors)
  --program FILE  the simulation (default build/release/bin/world)
EOF
}
seeds=10000 first=1 jobs=$(nproc) program=build/release/bin/world
while [ $# -gt 0 ]; do
  case "$1" in
    --seeds) seeds=$2; shift ;;
    --first) first=$2; shift ;;
    --jobs) jobs=$2; shift ;;
    --program) program=$2; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
if [ ! -x "$program" ]; then
  echo "tests/sim/run.sh: no $program; build the target 'world' first" >&2
  exit 2
fi
mkdir -p build/sim
started=$SECONDS
status=0
"$program" --seeds "$seeds" --first "$first" --jobs "$jobs" --keep build/sim 2>&1 |
  tee build/sim/log || status=${PIPESTATUS[0]}
echo "seeds $first to $((first + seeds - 1)) in $((SECONDS - started)) s; log: build/sim/log"
exit "$status"
