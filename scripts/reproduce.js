'use strict';

// Shows that a build has the same bytes whoever makes it.
//
// `npm run reproduce` builds the current commit twice, in clones in two folders, under two homes, with other locales, time zones,
// file modes and numbers of jobs, and compares the tarballs. `npm run reproduce -- FILE.tgz` builds the commit that a published
// tarball names, and compares the result with that file. `npm run reproduce -- NAME` builds for a platform of `npm run platforms`
// twice, with the tools of that task, and compares the addons.

const { execFileSync, spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { sha256 } = require('./addon');
const { differences, placesOf } = require('./compare');
const { PLATFORMS } = require('./platforms/list');

const root = path.join(__dirname, '..');
const { name } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const home = os.homedir();
const shell = process.platform === 'win32';

// What may differ between two machines and must not matter.
const PLACES = [
  { folder: 'one', umask: 0o022, env: { LC_ALL: 'C', TZ: 'UTC', CARGO_BUILD_JOBS: '1' } },
  {
    folder: 'another/and-longer-name',
    umask: 0o077,
    env: { LC_ALL: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati', CARGO_BUILD_JOBS: '4' },
  },
];

// Variables with which a user makes cargo and the C compiler build in another way.
const INFLUENCES =
  /^(RUST(C|DOC)?FLAGS|RUSTC.*|CARGO_.*|(HOST_|TARGET_)?(CC|CXX|AR|C(XX|PP)?FLAGS|LDFLAGS)(_.*)?|npm_.*)$/;

function main() {
  const [, , given] = process.argv;
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'reproduce-'));
  let isKept = false;
  try {
    const found = given?.endsWith('.tgz')
      ? published(path.resolve(given), stage)
      : twice(given, stage);
    console.log(found.length === 0 ? '\nThe bytes are the same.' : `\n${found.join('\n')}`);
    process.exitCode = found.length === 0 ? 0 : 1;
    isKept = found.length > 0;
  } finally {
    if (isKept) {
      console.log(`What was built is in ${stage}`);
    } else {
      fs.rmSync(stage, { recursive: true, force: true });
    }
  }
}

/** Builds the current commit twice, and returns the differences. */
function twice(platform, stage) {
  if (platform !== undefined && !PLATFORMS[platform]?.triple) {
    throw new Error(`${platform} is neither a tarball nor a platform of \`npm run platforms\``);
  }
  const commit = git(root, ['rev-parse', 'HEAD']);
  if (git(root, ['status', '--porcelain', '--untracked-files=no']) !== '') {
    console.log('What is not committed is not built.');
  }
  console.log('Two builds, each of which installs its tools: about ten minutes on two cores.');
  const command = platform
    ? ['npm', 'run', 'platforms', '--', '--all', '--build', platform]
    : ['npm', 'run', 'pack:local'];
  const [one, other] = PLACES.map((place, index) => {
    console.log(`\n== Build ${index + 1} of 2, of ${commit}`);
    return built(commit, command, place, stage);
  });
  if (platform) {
    const file = path.join('build/platforms', PLATFORMS[platform].triple, 'platforms/addon.node');
    const [mine, theirs] = [one, other].map((folder) => path.join(folder, file));
    console.log(`\n${sha256(mine)}  ${platform}`);
    return placesOf(fs.readFileSync(mine), fs.readFileSync(theirs));
  }
  return compared(path.join(one, 'artifacts'), path.join(other, 'artifacts'));
}

/** Builds the commit that a tarball names, and returns the differences from the tarball. */
function published(file, stage) {
  const { commit, target, tools } = describedBy(file, stage);
  if (!commit) {
    throw new Error(`${file} names no commit: it was built from files that were not committed`);
  }
  console.log(
    `${path.basename(file)} was built from ${commit}${tools ? `, by ${tools.join(', ')}` : ''}.`,
  );
  console.log(
    target ? 'The build takes about five minutes on two cores.' : 'Packing takes a minute.',
  );
  const [place] = PLACES;
  const command = target ? ['npm', 'run', 'pack:local', '--', target] : ['npm', 'run', 'pack:main'];
  const folder = built(commit, command, place, stage);
  const ours = fs.mkdtempSync(path.join(stage, 'published-'));
  const wanted = fs.mkdtempSync(path.join(stage, 'published-'));
  fs.copyFileSync(file, path.join(wanted, path.basename(file)));
  const rebuilt = path.join(folder, 'artifacts', path.basename(file));
  if (fs.existsSync(rebuilt)) {
    fs.copyFileSync(rebuilt, path.join(ours, path.basename(file)));
  }
  return compared(wanted, ours);
}

/** Returns what a tarball says of its build. */
function describedBy(file, stage) {
  const folder = fs.mkdtempSync(path.join(stage, 'described-'));
  execFileSync('tar', ['-xzf', file, '-C', folder]);
  const read = (each) => JSON.parse(fs.readFileSync(path.join(folder, 'package', each), 'utf8'));
  const manifest = read('package.json');
  return manifest.name === name ? { commit: manifest.gitHead } : read('build.json');
}

/** Compares the tarballs in two folders, prints a line for each, and returns the differences. */
function compared(one, other) {
  const names = [...new Set([...fs.readdirSync(one), ...fs.readdirSync(other)])].sort();
  return names.flatMap((each) => {
    const files = [one, other].map((folder) => path.join(folder, each));
    if (!files.every((file) => fs.existsSync(file))) {
      return [`${each} was built only once`];
    }
    const found = differences(files[0], files[1]);
    const [hash, second] = files.map(sha256);
    const note = hash === second || found.length > 0 ? '' : ', but for its compression';
    console.log(`${found.length === 0 ? 'same' : 'DIFFERS'}  ${hash}  ${each}${note}`);
    return found.map((difference) => `${each}: ${difference}`);
  });
}

/** Clones a commit and runs a command there, with a home of its own, and returns the folder. Downloads are cached as usual. */
function built(commit, [command, ...args], place, stage) {
  const folder = path.join(stage, place.folder);
  const start = Date.now();
  const umask = process.umask(place.umask);
  git(root, ['clone', '--quiet', '--no-hardlinks', root, folder]);
  git(folder, ['checkout', '--quiet', '--detach', commit]);
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: 'inherit',
    shell,
    env: { ...environmentOf(`${folder}-home`), ...place.env },
  });
  process.umask(umask);
  if (status !== 0) {
    throw error || new Error(`\`${[command, ...args].join(' ')}\` failed in ${folder}`);
  }
  console.log(`Built in ${Math.round((Date.now() - start) / 1000)} s`);
  return folder;
}

/** Creates another home, and returns the environment of its user. */
function environmentOf(other) {
  const { CARGO_HOME = path.join(home, '.cargo'), RUSTUP_HOME, XDG_CACHE_HOME } = process.env;
  const cargo = path.join(other, 'cargo');
  fs.mkdirSync(cargo, { recursive: true });
  const settings = path.join(CARGO_HOME, 'config.toml');
  if (fs.existsSync(settings)) {
    // It may name a mirror of crates.io.
    fs.copyFileSync(settings, path.join(cargo, 'config.toml'));
  }
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !INFLUENCES.test(key))),
    HOME: other,
    XDG_CACHE_HOME: path.join(other, 'cache'),
    CARGO_HOME: cargo,
    RUSTUP_HOME: RUSTUP_HOME || path.join(home, '.rustup'),
    PIP_CACHE_DIR: path.join(XDG_CACHE_HOME || path.join(home, '.cache'), 'pip'),
    npm_config_cache: execFileSync('npm', ['config', 'get', 'cache'], {
      encoding: 'utf8',
      shell,
    }).trim(),
    npm_config_userconfig: path.join(home, '.npmrc'),
  };
}

function git(folder, args) {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
