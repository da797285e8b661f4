#!/bin/bash
# On a bare Debian 12: a clone and the two commands of the README, nothing else. Needs root and
# debootstrap; everything happens in a chroot with its own mounts and ends with it.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'EOF'
usage: tests/bare/run.sh [--root DIR] [--mirror URL] [--only test|demo|story]...
  --root DIR    where the chroot is made (default build/bare/root); the log lies beside it
  --mirror URL  Debian mirror (default: the one this machine uses)
EOF
}
root=$PWD/build/bare/root mirror="" only=()
while [ $# -gt 0 ]; do
  case "$1" in
    --root) root=$(realpath -m "$2"); shift ;;
    --mirror) mirror=$2; shift ;;
    --only) only+=("$2"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ ${#only[@]} -gt 0 ] || only=(test demo story)
[ "$(id -u)" = 0 ] || { echo "tests/bare/run.sh: needs root (debootstrap, chroot)" >&2; exit 2; }
command -v debootstrap >/dev/null || packaging/install-deps.sh --full
if [ -z "$mirror" ]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m1 -v security || true)
  mirror=${mirror:-http://deb.debian.org/debian}
fi
log=$(dirname "$root")/log
mkdir -p "$(dirname "$root")"
[ ! -e "$root" ] || rm -rf --one-file-system "$root"
say() { printf '== %s  %s\n' "$(date +%H:%M:%S)" "$1" | tee -a "$log"; }
: > "$log"

say "debootstrap --variant=minbase bookworm (log: $log)"
debootstrap --variant=minbase bookworm "$root" "$mirror" >> "$log" 2>&1
# The clone reaches its packages as this machine does; nothing else is taken from it.
cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
cp -a /etc/apt/sources.list.d/. "$root/etc/apt/sources.list.d/" 2>/dev/null || true
apt-config dump | grep -E '^Acquire::(http|https|Check|Retries)[^ ]* "..*"' > "$root/etc/apt/apt.conf.d/99-as-outside" || true
cp /etc/apt/sources.list "$root/etc/apt/sources.list" 2>/dev/null ||
  : > "$root/etc/apt/sources.list"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"  # no packaged service starts
chmod +x "$root/usr/sbin/policy-rc.d"
git clone -q --no-hardlinks . "$root/lamplight"
# What tests look for beside the checkout, where it is.
[ ! -d ../shared ] || cp -a ../shared "$root/shared"

enter() {  # a namespace of its own: its mounts and processes end with it
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    mount --make-rprivate /
    mount --rbind "$1" "$1"  # a root that is a mount point, as every machine has one
    mount -t proc proc "$1/proc"
    mount -t sysfs sysfs "$1/sys"
    mount --rbind /dev "$1/dev"
    mount -t tmpfs tmpfs "$1/run"
    exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      LANG=C.UTF-8 TERM=dumb http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
      bash -c "cd /lamplight && $2"' bare "$root" "$1"
}
status=0
for what in "${only[@]}"; do
  case "$what" in
    test) command="packaging/test.sh" ;;
    demo) command="packaging/demo.sh --seconds 20" ;;
    story) command="packaging/demo.sh --story" ;;
    *) usage >&2; exit 2 ;;
  esac
  say "$command"
  started=$SECONDS
  if enter "$command" >> "$log" 2>&1; then
    say "$command: exit 0 after $((SECONDS - started)) s"
  else
    say "$command: FAILED after $((SECONDS - started)) s; the end of the log:"
    tail -n 30 "$log"
    status=1
  fi
done
exit $status
