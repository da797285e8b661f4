#!/bin/bash
# The demo must end by itself, show vitals and alarms on the way, and leave no process and no file.
set -euo pipefail
export TMPDIR=$(mktemp -d)
trap 'rm -rf "$TMPDIR"' EXIT
"$1" --seconds 12 > "$TMPDIR/out" 2>&1
grep -qi "spo2" "$TMPDIR/out" || { echo "no vitals on the screen"; cat "$TMPDIR/out"; exit 1; }
rm "$TMPDIR/out"
left=$(ls -A "$TMPDIR")
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
# Every process of the demo was born with this TMPDIR, whatever its arguments say.
for process in /proc/[0-9]*; do
  [ "${process#/proc/}" != $$ ] && [ "${process#/proc/}" != "$BASHPID" ] || continue
  if grep -qs "TMPDIR=$TMPDIR" "$process/environ"; then
    echo "still running: $(tr '\0' ' ' < "$process/cmdline")"
    exit 1
  fi
done
