'use strict';

// Installs the packed tarballs into an empty project and runs the main job there on every runtime, without a Rust toolchain on
// PATH: `node scripts/matrix.js [--here]`, after `npm run pack:local`. With `--here`, only the current runtime is tried, on any
// platform.

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { echo } = require('../__test__/request/interruptions/server');
const { CHATKIT, CHECKS, ORIGINAL, tryAll } = require('./checks');
const { withProject } = require('./installed');
const { RUNTIMES, executableOf } = require('./runtimes');

const INTERRUPTIONS = path.join(__dirname, '../__test__/request/interruptions');

function main() {
  const isHere = process.argv.includes('--here') || `${os.platform()}-${os.arch()}` !== 'linux-x64';
  const runtimes = isHere
    ? [runtimeOf('here', process.execPath)]
    : RUNTIMES.map((alias) => runtimeOf(alias.split('-')[0], executableOf(alias)));
  const options = {
    packages: ['jest@30', 'jest-29@npm:jest@29', 'vitest@3', CHATKIT, ORIGINAL],
    programs: path.join(__dirname, 'matrix'),
    manifest: { jest: { testMatch: ['**/jest.test.js'] } },
  };
  return withProject(options, async ({ folder, env }) => {
    const server = await echo();
    copyInterruptions(path.join(folder, 'interruptions'));
    const project = {
      folder,
      // Both servers have the root certificate of this process.
      env: { ...env, ECHO_HOST: server.host, ECHO_PORT: String(server.port) },
    };
    try {
      process.exitCode = (await tryAll(runtimes, Object.keys(CHECKS), project)) === 0 ? 0 : 1;
    } finally {
      await server.close();
    }
  });
}

function copyInterruptions(to) {
  fs.mkdirSync(to);
  for (const name of fs.readdirSync(INTERRUPTIONS)) {
    fs.copyFileSync(path.join(INTERRUPTIONS, name), path.join(to, name));
  }
}

function runtimeOf(name, executable) {
  const [version] = execFileSync(executable, ['--version'], { encoding: 'utf8' }).match(
    /\d+[\d.]+/,
  );
  const isNode = name === 'node' || name === 'here';
  return {
    name: isNode ? 'node' : name,
    title: `${isNode ? 'node' : name} ${version}`,
    executable,
    major: Number.parseInt(version, 10),
  };
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
