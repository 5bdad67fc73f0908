#!/bin/sh
# Runs the checks of scripts/matrix.js on the tarballs in artifacts/, in an Alpine Linux container.
set -eu
cd "$(dirname "$0")/.."

docker run --rm --volume "$PWD:/project" --workdir /project node:22-alpine node scripts/matrix.js --here
