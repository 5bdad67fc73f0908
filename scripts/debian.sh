#!/bin/sh
# Builds for other platforms and tries each build in a Debian container, as `npm run platforms` does on a Debian machine:
# `debian.sh [option…] [name…]`.
set -eu
cd "$(dirname "$0")/.."

docker run --rm --volume "$PWD:/project" --workdir /project node:22-bookworm \
  sh -euc 'npm install --no-save --no-audit --no-fund && node scripts/platforms.js --all "$@"' platforms "$@"
