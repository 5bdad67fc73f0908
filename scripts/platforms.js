'use strict';

// Builds the addon for platforms other than this machine's, and tries each build on that platform's own Node, emulated if
// necessary: `node scripts/platforms.js [--all] [name…]`, as root on a Debian machine with x64. scripts/platforms/debian.js
// installs what the machine lacks. A platform whose tools cannot be installed is left out; with `--all`, a platform that is left
// out counts as a failure. With `--build`, nothing is tried. With `--packed`, nothing is built, and the tarballs in artifacts/ are
// tried.

const fs = require('fs');
const path = require('path');

const { packageOf } = require('./addon');
const { CHATKIT, ORIGINAL, tryAll } = require('./checks');
const { withProject } = require('./installed');
const { build } = require('./platforms/build');
const { Lacking, cache } = require('./platforms/debian');
const { inspect } = require('./platforms/macho');
const { PLATFORMS } = require('./platforms/list');
const { runtimesOf } = require('./platforms/runtimes');
const { packMainAlone } = require('./pack');

// The checks that run on another platform's Node; matrix.js runs more of them on this machine's Node.
const CHECKS = [
  ...['token', 'refresh', 'request', 'error', 'import', 'workers', 'vm', 'reload'],
  ...['refused', 'original', 'life', 'exit', 'pinned', 'chatkit'],
];
const ARTIFACTS = path.join(__dirname, '../artifacts');
const PROGRAMS = path.join(__dirname, 'matrix');
// Emulated runtimes are slow.
const TIMEOUT = 600_000;

async function main() {
  const options = process.argv.slice(2);
  const isAll = options.includes('--all');
  const isPacked = options.includes('--packed');
  const isOnlyBuilt = options.includes('--build');
  const named = options.filter((option) => !option.startsWith('--'));
  const unknown = named.filter((name) => !Object.hasOwn(PLATFORMS, name));
  if (unknown.length > 0) {
    throw new Error(`No such platform: ${unknown}. There are ${Object.keys(PLATFORMS)}`);
  }
  const names = named.length > 0 ? named : Object.keys(PLATFORMS);

  const outcomes = [];
  for (const [index, name] of names.entries()) {
    console.log(`\n== ${name} (${index + 1} of ${names.length})`);
    const start = Date.now();
    const outcome = await (isPacked ? triedPacked(name) : tried(PLATFORMS[name], isOnlyBuilt));
    outcomes.push({ name, ...outcome, seconds: Math.round((Date.now() - start) / 1000) });
  }

  console.log(`\n${table(outcomes)}`);
  const bad = outcomes.filter(({ state }) => state === 'FAIL' || (isAll && state === 'left out'));
  process.exitCode = bad.length === 0 ? 0 : 1;
}

/** Returns the result for a platform, `ok`, `FAIL` or `left out`, with the Node that ran or the reason. */
async function tried(platform, isOnlyBuilt) {
  try {
    const binary = build(platform);
    if (isOnlyBuilt) {
      return { state: 'ok', detail: binary };
    }
    if (platform.inspects) {
      return { state: 'ok', detail: inspect(binary, platform) };
    }
    const artifacts = path.join(cache, 'main');
    await packMainAlone(artifacts);
    // On musl, the package itself has to find that it is there.
    return platform.wheel
      ? await walked(runtimesOf(platform), artifacts, { triple: platform.triple, binary })
      : await walked(runtimesOf(platform, binary), artifacts);
  } catch (error) {
    return failed(error);
  }
}

/** Returns the result for the tarballs of a platform and of the main package. */
async function triedPacked(name) {
  try {
    const prefix = `pusher-platform-native-${name}-`;
    if (
      !fs.existsSync(ARTIFACTS) ||
      !fs.readdirSync(ARTIFACTS).some((file) => file.startsWith(prefix))
    ) {
      throw new Lacking(`artifacts/ has no tarball for ${name}`);
    }
    return await walked(runtimesOf(PLATFORMS[name]), ARTIFACTS);
  } catch (error) {
    return failed(error);
  }
}

function failed(error) {
  console.error(error instanceof Lacking ? error.message : error);
  return { state: error instanceof Lacking ? 'left out' : 'FAIL', detail: error.message };
}

/** @param {{ triple: string, binary: string }} [built] an addon that no tarball has, to be installed as the platform's package */
async function walked(runtimes, artifacts, built) {
  const options = { packages: [CHATKIT, ORIGINAL], programs: PROGRAMS, artifacts };
  let failures;
  await withProject(options, async (project) => {
    if (built) place(project.folder, built);
    failures = await tryAll(runtimes, CHECKS, project, { timeout: TIMEOUT });
  });
  const titles = runtimes.map(({ title }) => title);
  return { state: failures === 0 ? 'ok' : 'FAIL', detail: titles.join(', ') };
}

/** Installs an addon into a project. */
function place(project, { triple, binary }) {
  const { folder, file } = packageOf(triple);
  const installed = path.join(project, 'node_modules', path.basename(folder));
  fs.mkdirSync(installed);
  fs.copyFileSync(binary, path.join(installed, file));
  fs.writeFileSync(path.join(installed, 'package.json'), JSON.stringify({ main: file }));
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
