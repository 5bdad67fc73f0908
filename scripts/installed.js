'use strict';

// An empty project that has installed the packed tarballs, a platform for its programs, and a way to run them.

const { execFileSync, spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const serveFeeds = require('../examples/feeds');
const serveUsers = require('../examples/users');
const { createPlatform } = require('../testing');

const ARTIFACTS = path.join(__dirname, '../artifacts');

const LOCATOR = 'v1:local:matrix';
const KEY = 'id:secret';
const TIMEOUT = 120_000;
// What is told of a failure, in characters.
const OUTPUT = 4000;
// Wine tells of a crash in words, and often ends with 0 all the same.
const CRASH = /^wine: Unhandled/m;

/**
 * Makes the project, has it used, and removes it.
 * @param {object} options
 * @param {string[]} options.packages to install beside the tarballs
 * @param {string} options.programs a folder whose files are copied into the project
 * @param {object} [options.manifest] for package.json
 * @param {string} [options.artifacts] the folder of the tarballs
 * @param {(project: { folder: string, env: Record<string, string> }) => Promise<void>} use
 */
async function withProject({ packages, programs, manifest, artifacts = ARTIFACTS }, use) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'installed-'));
  const platform = await createPlatform({ locator: LOCATOR, key: KEY });
  serveFeeds(platform);
  serveUsers(platform);
  // Never answered within the life of a check.
  platform.on('GET', 'silent', { delay: 10 * TIMEOUT });
  const { host, port, ca, close } = platform;
  try {
    const tarballs = fs.existsSync(artifacts) ? fs.readdirSync(artifacts) : [];
    if (tarballs.length === 0) {
      throw new Error('No tarballs in artifacts/: run `npm run pack:local` first');
    }
    fs.writeFileSync(
      path.join(folder, 'package.json'),
      JSON.stringify({ private: true, type: 'commonjs', ...manifest }),
    );
    install(folder, [...tarballs.map((name) => path.join(artifacts, name)), ...packages]);
    leadToOurs(folder);
    for (const name of fs.readdirSync(programs)) {
      fs.copyFileSync(path.join(programs, name), path.join(folder, name));
    }
    const trusted = path.join(folder, 'ca.pem');
    fs.writeFileSync(trusted, ca);
    const { SystemRoot } = process.env;
    const env = {
      HOME: folder,
      NODE_EXTRA_CA_CERTS: trusted,
      PUSHER_HOST: host,
      PUSHER_PORT: String(port),
      PUSHER_LOCATOR: LOCATOR,
      PUSHER_KEY: KEY,
      ...(SystemRoot && { SystemRoot }),
    };
    await use({ folder, env });
  } finally {
    await close();
    fs.rmSync(folder, { recursive: true });
  }
}

/** Has service SDKs in a project that require the original get ours, as `overrides` have them from a registry. */
function leadToOurs(folder) {
  const original = path.join(folder, 'node_modules/@pusher/platform-node');
  if (fs.existsSync(original)) {
    fs.rmSync(original, { recursive: true });
    const ours = path.join(folder, 'node_modules/pusher-platform-native');
    fs.cpSync(ours, original, { recursive: true });
  }
}

/** Runs a program with nothing but its runtime on PATH; returns nothing where it succeeds, else what it said. */
function run(executable, args, { cwd, env, timeout = TIMEOUT }) {
  // Through a file: Node for Windows under wine can write to no pipe of the host's Node.
  const file = path.join(cwd, 'output.txt');
  const output = fs.openSync(file, 'w');
  const child = spawn(executable, args, {
    cwd,
    env: { ...env, PATH: path.dirname(executable) },
    stdio: ['ignore', output, output],
    timeout,
    killSignal: 'SIGKILL',
  });
  fs.closeSync(output);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const text = fs.readFileSync(file, 'utf8').slice(-OUTPUT);
      resolve(code === 0 && !CRASH.test(text) ? '' : `${text}ended with ${signal || code}`);
    });
  });
}

/**
 * Installs packages that are wanted again in the next run, and returns the folder that they are in.
 * @param {string} name of the collection
 * @param {Record<string, string>} dependencies as in package.json
 */
function installOnce(name, dependencies) {
  const folder = path.join(__dirname, '../node_modules/.cache', name);
  const manifest = JSON.stringify({ private: true, dependencies });
  const file = path.join(folder, 'package.json');
  const installed = path.join(folder, 'node_modules/.package-lock.json');
  if (!fs.existsSync(installed) || fs.readFileSync(file, 'utf8') !== manifest) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, manifest);
    install(folder, []);
  }
  return folder;
}

/** Installs what is named, and what package.json names, without any script of a package. */
function install(cwd, packages) {
  const shell = process.platform === 'win32';
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  // Node of another platform is for that platform, says its package.
  args.push('--force');
  execFileSync('npm', [...args, ...packages], { cwd, stdio: 'inherit', shell });
}

module.exports = { withProject, installOnce, run };
