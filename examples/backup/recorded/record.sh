#!/usr/bin/env bash
# Makes the files in the folders beside it, with restic 0.14.0 and borg 1.2.4 of Debian 12:
#
#   unshare --mount --uts bash record.sh    (as root)
#
# It works in a file system of its own at /srv, so that no path of the machine gets into them. The
# times are given to the tools; borg takes the name of the host from the system, restic from a flag.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd -P)
mount --make-rprivate /
mkdir -p /mnt/out && mount --bind "$out" /mnt/out
mount -t tmpfs none /srv
mkdir -p /srv/www /srv/db /srv/mail /srv/home
export HOME=/srv/home TZ=UTC RESTIC_PASSWORD=recorded BORG_PASSPHRASE=recorded
cd /srv
fill() { head -c "$2" /dev/urandom >>"$1"; }
fill www/index 2000000; fill db/table 9000000; fill mail/box 4000000

# A repository for each host, and one that several hosts share.
restic_backup() { restic --no-cache -q backup --host "$2" --time "$3" -r "/srv/backup/$1" "${@:4}"; }
for host in ymir-01 embla-01 nas; do
  restic --no-cache -q init -r "/srv/backup/$host"
done
for day in 18 19 20 21; do
  fill www/index 10000; fill db/table 100000; fill mail/box 5000
  restic_backup ymir-01 ymir-01 "2026-11-$day 02:00:00" /srv/www
  restic_backup embla-01 embla-01 "2026-11-$day 02:30:00" /srv/db
  [ "$day" -gt 19 ] || restic_backup nas ask-01 "2026-11-$day 03:00:00" /srv/www
  restic_backup nas bragi-01 "2026-11-$day 03:20:00" /srv/db
  restic_backup nas bragi-01 "2026-11-$day 03:40:00" /srv/mail /srv/www
  restic_backup nas build-07 "2026-11-$day 04:00:00" /srv/www
done
for host in ymir-01 embla-01 nas; do
  mkdir -p "/mnt/out/$host"
  restic --no-cache -r "/srv/backup/$host" snapshots --json >"/mnt/out/$host/restic-snapshots.json"
  restic --no-cache -r "/srv/backup/$host" stats --json latest >"/mnt/out/$host/restic-stats.json"
done

export BORG_REPO=/srv/backup/borg
borg init -e repokey 2>/dev/null
borg_create() { hostname "$1"; borg create --timestamp "$2" "::$3" "${@:4}"; }
for day in 19 20 21; do
  fill db/table 100000
  borg_create njord-01 "2026-11-${day}T01:00:00" "njord-01-2026-11-$day" /srv/db /srv/mail
  borg_create freja-01 "2026-11-${day}T01:30:00" "freja-01-db-2026-11-$day" /srv/db
done
# What borg calls an archive that it is making, or that was broken off.
borg_create vidar-01 2026-11-21T07:58:00 vidar-01-2026-11-21.checkpoint /srv/mail
mkdir -p /mnt/out/borg
borg list --json --consider-checkpoints --format '{hostname}{end}' >/mnt/out/borg/borg-list.json
borg info --json --last 3 >/mnt/out/borg/borg-info.json
