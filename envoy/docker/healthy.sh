#!/bin/bash
# Is whoever listens on this port of the container well? usage: healthy.sh PORT PATH
# Images of programs rarely have a client for HTTP, and bash has sockets.
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n' "$2" >&3
read -r _ status _ <&3
[ "$status" = 200 ]
