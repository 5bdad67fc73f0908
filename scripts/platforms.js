'use strict';

// Builds the addon for platforms that this machine is not, and tries each on that platform's own Node, emulated where need
// be: `node scripts/platforms.js [--all] [name…]`, on a Debian machine with x64 as root. What the machine lacks is installed
// by scripts/platforms/debian.js. A platform for which something cannot be had is left out, which `--all` makes a failure.
// `--packed` tries the binaries of the tarballs in artifacts/ in place of its own.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { CHATKIT, ORIGINAL, tryAll } = require('./checks');
const { withProject } = require('./installed');
const { build } = require('./platforms/build');
const { Lacking, cache } = require('./platforms/debian');
const { inspect } = require('./platforms/macho');
const { PLATFORMS } = require('./platforms/list');
const { runtimesOf } = require('./platforms/runtimes');
const { packMainAlone } = require('./pack');

// What a platform's Node runs; matrix.js runs more, on this machine's.
const CHECKS = [
  ...['token', 'refresh', 'request', 'error', 'import', 'workers', 'vm', 'reload'],
  ...['refused', 'original', 'life', 'chatkit'],
];
const ARTIFACTS = path.join(__dirname, '../artifacts');
const PROGRAMS = path.join(__dirname, 'matrix');
// Emulation takes its time.
const TIMEOUT = 600_000;

async function main() {
  const options = process.argv.slice(2);
  const isAll = options.includes('--all');
  const isPacked = options.includes('--packed');
  const named = options.filter((option) => !['--all', '--packed'].includes(option));
  const unknown = named.filter((name) => !Object.hasOwn(PLATFORMS, name));
  if (unknown.length > 0) {
    throw new Error(`No such platform: ${unknown}. There are ${Object.keys(PLATFORMS)}`);
  }
  const names = named.length > 0 ? named : Object.keys(PLATFORMS);

  const outcomes = [];
  for (const [index, name] of names.entries()) {
    console.log(`\n== ${name} (${index + 1} of ${names.length})`);
    const start = Date.now();
    const outcome = await tried(PLATFORMS[name], isPacked ? () => packed(name) : build);
    outcomes.push({ name, ...outcome, seconds: Math.round((Date.now() - start) / 1000) });
  }

  console.log(`\n${table(outcomes)}`);
  const bad = outcomes.filter(({ state }) => state === 'FAIL' || (isAll && state === 'left out'));
  process.exitCode = bad.length === 0 ? 0 : 1;
}

/** How a platform fared: `ok`, `FAIL` or `left out`, and on which Node or why. */
async function tried(platform, binaryOf) {
  try {
    const binary = binaryOf(platform);
    if (platform.inspects) {
      return { state: 'ok', detail: inspect(binary, platform) };
    }
    const runtimes = runtimesOf(platform, binary);
    const failures = await walked(runtimes);
    return {
      state: failures === 0 ? 'ok' : 'FAIL',
      detail: runtimes.map(({ title }) => title).join(', '),
    };
  } catch (error) {
    console.error(error instanceof Lacking ? error.message : error);
    return { state: error instanceof Lacking ? 'left out' : 'FAIL', detail: error.message };
  }
}

/** The binary of a platform's tarball. */
function packed(name) {
  const tarball = fs
    .readdirSync(ARTIFACTS)
    .find((file) => file.startsWith(`pusher-platform-native-${name}-`));
  if (!tarball) {
    throw new Lacking(`artifacts/ has no tarball for ${name}`);
  }
  const folder = path.join(cache, 'packed');
  const binary = `package/pusher-platform-native.${name}.node`;
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', path.join(ARTIFACTS, tarball), '-C', folder, binary]);
  return path.join(folder, binary);
}

async function walked(runtimes) {
  const artifacts = path.join(cache, 'main');
  await packMainAlone(artifacts);
  const options = { packages: [CHATKIT, ORIGINAL], programs: PROGRAMS, artifacts };
  let failures;
  await withProject(options, async (project) => {
    failures = await tryAll(runtimes, CHECKS, project, { timeout: TIMEOUT });
  });
  return failures;
}

function table(outcomes) {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  return outcomes
    .map(({ name, state, detail, seconds }) =>
      [name.padEnd(width), state.padEnd(8), `${seconds} s`.padStart(6), detail.split('\n')[0]].join(
        '  ',
      ),
    )
    .join('\n');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
