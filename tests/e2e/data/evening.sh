#!/bin/sh
# evening.sh ROOM FOLDER - an evening of an operator: the host speaks, somebody is rude, the room is kept and moved.
set -eu
room=$1
say() { fastimctl send "$room" "$@"; }

fastimctl settings "$room" slow=5 attr.title='Friday live' pinned='Be nice'
fastimctl notice "$room" 'We begin at eight'
fastimctl words add idiot 笨蛋
first=$(say host 'Good evening')
say host '大家好 👋'
printf 'one line\nand another\n' | say guest -
say troll 'buy at example.com'
fastimctl mute "$room" troll 10m
fastimctl purge "$room" troll
fastimctl ban "$room" troll 7d
fastimctl recall "$room" host "$first"
fastimctl role "$room" helper mod
fastimctl rules "$room"
fastimctl settings "$room" slow= quiet=1
fastimctl words remove idiot 笨蛋
fastimctl history "$room" -n 10
fastimctl export "$room" >"$2/evening.jsonl"
fastimctl import "$room-copy" <"$2/evening.jsonl"
fastimctl unban "$room" troll || exit 9
if fastimctl unban "$room" troll; then exit 9; else [ $? -eq 1 ]; fi
fastimctl log -n 3
