'use strict';

// Creates a project that has installed the packed tarballs, with a platform for its programs, and runs programs in it.

const { execFileSync, spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const ARTIFACTS = path.join(__dirname, '../artifacts');

const LOCATOR = 'v1:local:matrix';
const KEY = 'id:secret';
const TIMEOUT = 120_000;
// The number of characters of a program's output that a failure report keeps.
const OUTPUT = 4000;
// Wine reports a crash in its output, and often still exits with code 0.
const CRASH = /^wine: Unhandled/m;

/**
 * Creates the project, calls `use` with it, and removes it.
 * @param {object} options
 * @param {string[]} options.packages the packages to install in addition to the tarballs
 * @param {string} options.programs a folder whose files are copied into the project
 * @param {object} [options.manifest] the content of package.json
 * @param {string} [options.artifacts] the folder of the tarballs
 * @param {(project: { folder: string, env: Record<string, string> }) => Promise<void>} use
 */
async function withProject({ packages, programs, manifest, artifacts = ARTIFACTS }, use) {
  // The tasks load this file before they install the dependencies, which these modules need.
  const serveFeeds = require('../examples/feeds');
  const serveUsers = require('../examples/users');
  const { createPlatform } = require('../testing');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'installed-'));
  const platform = await createPlatform({ locator: LOCATOR, key: KEY });
  serveFeeds(platform);
  serveUsers(platform);
  // The response comes later than the time limit of any check.
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

/** Makes service SDKs that require the original load our package, as `overrides` do when packages come from a registry. */
function leadToOurs(folder) {
  const original = path.join(folder, 'node_modules/@pusher/platform-node');
  if (fs.existsSync(original)) {
    fs.rmSync(original, { recursive: true });
    const ours = path.join(folder, 'node_modules/pusher-platform-native');
    fs.cpSync(ours, original, { recursive: true });
  }
}

/** Runs a program with only its runtime on PATH. Returns undefined if the program succeeds, otherwise its output. */
function run(executable, args, { cwd, env, timeout = TIMEOUT }) {
  // The output goes through a file, because Node for Windows under wine cannot write to a pipe of the host's Node.
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
 * Installs packages that later runs use again, and returns the folder that contains them.
 * @param {string} name the name of the collection
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
    // What is installed once is used for a long time, so that npm's cache is as good as the registry.
    install(folder, ['--prefer-offline']);
  }
  return folder;
}

/** Installs the named packages and the dependencies in package.json, without running install scripts. */
function install(cwd, packages) {
  const shell = process.platform === 'win32';
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  // Node packages for other platforms declare their platform, and npm installs them here only with this option.
  args.push('--force');
  execFileSync('npm', [...args, ...packages], { cwd, stdio: 'inherit', shell });
}

module.exports = { withProject, install, installOnce, run };
