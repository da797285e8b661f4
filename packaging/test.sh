#!/bin/bash
# Installs, builds and tests. Quick by default; --full is the gate before an issue is resolved.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: packaging/test.sh [--full [--only STAGE]... [--again]] [--list]
  (nothing)      install, build the release preset, run the quick suite
  --full         every stage of the full gate; a stage that passed on this tree is not run again
  --only STAGE   only this stage of the full gate (may be repeated)
  --again        forget which stages passed
  --list         the stages of the full gate
EOF
}

stages=(format tidy lint quick clang asan tsan sim fuzz crash bus)
full=no again=no only=()
while [ $# -gt 0 ]; do
  case "$1" in
    --full) full=yes ;;
    --only) full=yes; only+=("${2:?--only needs a stage}"); shift ;;
    --again) again=yes ;;
    --list) printf '%s\n' "${stages[@]}"; exit 0 ;;
    -h | --help) usage; exit 0 ;;
    *) echo "test.sh: unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

jobs=$(nproc)
say() { printf '\n== %s (%s)\n' "$1" "$(date +%H:%M:%S)"; }
build() { cmake --preset "$1" >/dev/null && cmake --build --preset "$1" -j "$jobs"; }
# A mosquitto or a PTY test that must wait gets its time; a hang does not. Sanitizers take five to
# ten times as long.
run_tests() {
  local most=300
  case "$1" in asan | tsan) most=1500 ;; esac
  # Many tests wait for a process or a timer most of the time: one more than there are processors.
  ctest --test-dir "build/$1" --output-on-failure -j $((jobs + 1)) --timeout "$most" "${@:2}"
}

stage_quick() {
  build release
  run_tests release
}
stage_format() {
  git ls-files '*.h' '*.cc' '*.c' | xargs clang-format-19 --dry-run --Werror
}
stage_tidy() { python3 tests/tidy/tidy.py; }
stage_lint() {
  cmake --preset clang >/dev/null
  git ls-files 'rules/*.cc' 'drivers/*.cc' 'gateway/*.cc' 'firmware-sim/*.cc' |
    xargs -P "$jobs" -n 4 clang-tidy-19 --quiet -p build/clang
}
stage_clang() {
  build clang
  run_tests clang
}
stage_asan() {
  build asan
  run_tests asan -LE "no-sanitizer"
}
stage_tsan() {
  build tsan
  run_tests tsan -LE "no-sanitizer"
}
stage_sim() { build release && tests/sim/run.sh --seeds 10000; }
stage_fuzz() { tests/fuzz/run.py --seconds 60; }
stage_crash() { build release && tests/crash/run.sh --minutes 10; }
stage_bus() { build release && tests/modbus/bus_of_four.py --minutes 10; }

if [ "$full" = no ]; then
  packaging/install-deps.sh
  stage_quick
  exit 0
fi

packaging/install-deps.sh --full
export LL_FULL=1  # tests that hang or wait take the time that the contract names
# What passed is remembered per tree: commit and uncommitted changes together.
tree=$( (git rev-parse HEAD; git diff HEAD; git status --porcelain) | sha256sum | cut -c1-16)
passed=build/full/$tree
[ "$again" = no ] || rm -rf "$passed"
mkdir -p "$passed"
[ ${#only[@]} -gt 0 ] || only=("${stages[@]}")
for stage in "${only[@]}"; do
  if ! declare -F "stage_$stage" >/dev/null; then
    echo "test.sh: no stage '$stage'; stages: ${stages[*]}" >&2
    exit 2
  fi
  if [ -e "$passed/$stage" ]; then
    say "$stage: passed before on this tree"
    continue
  fi
  say "$stage"
  started=$SECONDS
  # A subshell outside any condition, so that set -e stops it at the first failing command.
  set +e
  (set -e; "stage_$stage")
  status=$?
  set -e
  if [ $status -ne 0 ]; then
    say "$stage: FAILED after $((SECONDS - started)) s"
    exit 1
  fi
  touch "$passed/$stage"
  say "$stage: passed in $((SECONDS - started)) s"
done
say "full gate: ${#only[@]} stages passed"
