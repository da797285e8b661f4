#!/bin/bash
# A family's box must watch again after every crash and every power cut: systemd must take the units.
set -euo pipefail
packaging=$(cd "$(dirname "$0")/../../packaging" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for unit in lamplightd lamplight-sounder; do
  sed "s|/usr/local/bin|$LL_BIN|" "$packaging/$unit.service" > "$scratch/$unit.service"
done
# A warning counts: systemd ignores what it does not know.
said=$(systemd-analyze verify --man=no "$scratch"/*.service 2>&1) || { echo "$said"; exit 1; }
[ -z "$said" ] || { echo "$said"; exit 1; }
for unit in lamplightd lamplight-sounder; do
  grep -q '^Type=notify$' "$packaging/$unit.service"
  grep -q '^WatchdogSec=' "$packaging/$unit.service"
  grep -q '^Restart=always$' "$packaging/$unit.service"
done
# The record is the group's to read, as the first page says, and nobody else's.
grep -q '^Group=lamplight$' "$packaging/lamplightd.service"
grep -q '^StateDirectoryMode=0750$' "$packaging/lamplightd.service"
grep -q 'groupadd --force --system lamplight' "$packaging/../README.md"
# An update must not undo a home's ports and rules, and what is copied must be there.
install=$(sed -n '/^sudo groupadd/,/^```/p' "$packaging/../README.md")
if grep -q 'cp -r' <<< "$install"; then exit 1; fi
for line in 'cp -n packaging/home.toml' 'cp -n packaging/demo/home.rules' \
    'sudoedit /etc/lamplight/home.toml'; do
  grep -q "$line" <<< "$install"
done
for file in $(grep -o 'packaging/demo/[a-z.]*' <<< "$install"); do
  [ -f "$packaging/../$file" ]
done
# What is misspelt must be found, or the lines above prove nothing.
sed -i 's/^WatchdogSec=/WatchdogSecs=/' "$scratch/lamplightd.service"
[ -n "$(systemd-analyze verify --man=no "$scratch/lamplightd.service" 2>&1)" ]
"$LL_BIN/lamplightd" --config "$packaging/home.toml" --check > /dev/null
