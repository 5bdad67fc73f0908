#!/bin/sh
# Builds and packs a binary for musl, or tries the tarballs in artifacts/ there, in a container of Alpine Linux:
# `alpine.sh build TRIPLE`, `alpine.sh test`.
set -eu
cd "$(dirname "$0")/.."

in_container() {
  docker run --rm --volume "$PWD:/project" --workdir /project "$1" sh -euc "$2"
}

case "$1" in
  build)
    in_container rust:1-alpine \
      "apk add --no-cache musl-dev nodejs npm && npm run build -- $2 && node scripts/pack.js $2"
    ;;
  test)
    in_container node:22-alpine 'node scripts/matrix.js --here'
    ;;
  *)
    echo 'alpine.sh build TRIPLE | test' >&2
    exit 2
    ;;
esac
