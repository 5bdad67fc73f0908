#!/bin/sh
# Tries the tarballs in artifacts/ in a container of Alpine Linux.
set -eu
cd "$(dirname "$0")/.."

docker run --rm --volume "$PWD:/project" --workdir /project node:22-alpine node scripts/matrix.js --here
