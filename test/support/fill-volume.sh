#!/usr/bin/env bash
# Fills the current folder with what is hard to restore: odd names, owners, modes, links, a fifo, empty folders, long
# paths, old times. The same each time. Needs root.
set -euo pipefail
export LC_ALL=C

repeated() { printf "$1%.0s" $(seq "$2"); }

mkdir -p empty 'a folder' deep "$(repeated d 200)"
printf 'one\n' >plain.txt
: >none
repeated x 300000 >larger.bin
printf n >$'new\nline'
printf s >'a folder/with spaces '
printf u >größe-日本
printf b >$'bytes-\377\376'
printf q >$'quotes \' " \\ $(id) *'
printf d >./-n
printf l >"$(repeated l 240)"

path=deep
for level in $(seq 12); do path=$path/folder-of-some-length-$level; done
mkdir -p "$path"
printf deep >"$path/bottom"

ln plain.txt hard.txt
ln -s plain.txt link
ln -s /etc/hostname absolute
ln -s nowhere dangling
ln -s "$(repeated t 180)" long-link
mkfifo pipe

mkdir sticky private shared
printf secret >private/key
printf mine >shared/of-www-data
printf theirs >shared/of-nobody
printf '#!/bin/sh\n' >setuid
printf '#!/bin/sh\n' >setgid

# 33 and 65534 have names that stand for other numbers in other images; 12345 has none.
chown 33:33 shared/of-www-data setuid setgid .
chown 65534:65534 shared/of-nobody
chown 999:998 private private/key
chown 12345:54321 'a folder'
chown -h 33:65534 link dangling
chmod 4755 setuid
chmod 2755 setgid
chmod 1777 sticky
chmod 0700 private
chmod 0000 private/key
chmod 2775 shared
chmod 0444 none
chmod 2750 .
find . -depth -exec touch -h -d @1600000000 {} +
touch -h -d @1234567890 link private/key
touch -d @946684799 .
