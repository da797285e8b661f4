#!/bin/sh
# Ten minutes of kill -9 over a real house, judged by the devices' own log: see README.md.
# Usage: tests/crash/run.sh [--minutes M] [--seed N] [--keep FOLDER]; programs in $LL_BIN.
exec python3 "$(dirname "$0")/crash.py" "$@"
