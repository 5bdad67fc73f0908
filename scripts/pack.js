'use strict';

// Writes the tarballs that npm would publish to artifacts/: the main package, and one package with the binary for each named
// platform, by default the current one: `node scripts/pack.js [--any-glibc] [triple…]`, after `npm run build`. With `--main`, it
// packs the main package alone. The script writes nothing else in the repository. It stops at a binary that is not fit to be
// published, and at a file that names a folder of this machine; `--any-glibc` accepts a binary that requires a newer glibc.

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { NapiCli, parseTriple } = require('@napi-rs/cli');

const { commit, packageOf } = require('./addon');
const { faults, foldersIn, glibc } = require('./binary');
const { crateNotices, standardLibraryNotices } = require('./notices');
const { hostTriple } = require('./toolchain');
const { MODULE, TARGET } = require('./wasm');

const root = path.join(__dirname, '..');
const artifacts = path.join(root, 'artifacts');
const manifest = readJson(path.join(root, 'package.json'));

async function main() {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'pack-'));
  try {
    fs.rmSync(artifacts, { recursive: true, force: true });
    fs.mkdirSync(artifacts);
    const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
    const isMain = process.argv.includes('--main');
    const triples = named.length > 0 || isMain ? named : [hostTriple()];
    const folders = await platformFolders(stage);
    for (const triple of triples) {
      packPlatform(triple, folders.get(triple));
    }
    packMain(path.join(stage, 'main'), [...folders.values()], artifacts);
  } finally {
    fs.rmSync(stage, { recursive: true });
  }
}

/** Packs only the main package into a folder. Returns its manifest, and the manifests of the platform packages. */
async function packMainAlone(destination) {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'pack-'));
  try {
    fs.mkdirSync(destination, { recursive: true });
    const folders = [...(await platformFolders(stage)).values()];
    return {
      main: packMain(path.join(stage, 'main'), folders, destination),
      platforms: folders.map((folder) => readJson(path.join(folder, 'package.json'))),
    };
  } finally {
    fs.rmSync(stage, { recursive: true });
  }
}

/** Returns the folders with the manifests of the platform packages, as napi-rs writes them, by triple. */
async function platformFolders(stage) {
  fs.copyFileSync(path.join(root, 'package.json'), path.join(stage, 'package.json'));
  await new NapiCli().createNpmDirs({ cwd: stage });
  return new Map(
    manifest.napi.targets.map((triple) => [
      triple,
      path.join(stage, 'npm', parseTriple(triple).platformArchABI),
    ]),
  );
}

function packPlatform(triple, folder) {
  if (!folder) {
    throw new Error(`${triple} is none of the targets in package.json`);
  }
  const file = path.join(folder, 'package.json');
  const platform = readJson(file);
  const { addon, build } = packageOf(triple);
  if (!fs.existsSync(addon)) {
    throw new Error(`${platform.main} is missing: run \`npm run build\` first`);
  }
  check(addon, triple);
  fs.copyFileSync(addon, path.join(folder, platform.main));
  fs.copyFileSync(build, path.join(folder, 'build.json'));
  fs.copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  fs.writeFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.md'), crateNotices(root, triple));
  fs.copyFileSync(standardLibraryNotices(), path.join(folder, 'COPYRIGHT-library.html'));
  platform.type = 'commonjs';
  platform.files.push('build.json', 'THIRD-PARTY-NOTICES.md', 'COPYRIGHT-library.html');
  writeJson(file, platform);
  pack(folder, artifacts);
}

function check(binary, triple) {
  const bytes = fs.readFileSync(binary);
  const version = glibc(bytes);
  if (version) {
    console.log(`${path.basename(binary)} runs on glibc ${version.join('.')} and newer`);
  }
  const found = faults(bytes, triple, { anyGlibc: process.argv.includes('--any-glibc') });
  if (found.length > 0) {
    throw new Error(`${path.basename(binary)} ${found.join('; ')}`);
  }
}

/**
 * Packs the files that `files` in package.json names, with the platform packages as optional dependencies. Returns the manifest of
 * the package.
 */
function packMain(stage, folders, destination) {
  const [{ files }] = JSON.parse(npm(root, ['pack', '--dry-run', '--json', '--ignore-scripts']));
  for (const { path: name } of files) {
    fs.mkdirSync(path.dirname(path.join(stage, name)), { recursive: true });
    fs.copyFileSync(path.join(root, name), path.join(stage, name));
  }
  if (fs.existsSync(MODULE)) {
    fs.writeFileSync(path.join(stage, 'THIRD-PARTY-NOTICES.md'), crateNotices(root, TARGET));
    fs.copyFileSync(standardLibraryNotices(), path.join(stage, 'COPYRIGHT-library.html'));
  }
  const { scripts, devDependencies, napi, ...published } = manifest;
  for (const name of namedFiles(published)) {
    if (!fs.existsSync(path.join(stage, name))) {
      throw new Error(`package.json names ${name}, which is not among its files`);
    }
  }
  published.files = [...published.files, 'THIRD-PARTY-NOTICES.md', 'COPYRIGHT-library.html'];
  published.optionalDependencies = {};
  for (const folder of folders) {
    const { name, version } = readJson(path.join(folder, 'package.json'));
    published.optionalDependencies[name] = version;
  }
  // The field in which npm itself keeps the commit, for `npm run reproduce`.
  published.gitHead = commit() ?? undefined;
  writeJson(path.join(stage, 'package.json'), published);
  pack(stage, destination);
  return published;
}

/** Stops at a file that names a folder of this machine, and gives all files the same mode, whatever the umask. */
function checkFile(file, name) {
  const found = foldersIn(fs.readFileSync(file), [root, os.homedir(), cargoHome()]);
  if (found.length > 0) {
    throw new Error(`${name} names folders of the machine that built it: ${found.join(', ')}`);
  }
  fs.chmodSync(file, 0o644);
}

function cargoHome() {
  return process.env.CARGO_HOME || path.join(os.homedir(), '.cargo');
}

function filesIn(folder) {
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile());
}

/** Returns the files that the entry points in a manifest refer to. */
function namedFiles({ main, types, exports, typesVersions }) {
  const leaves = (value) =>
    value && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [value];
  return [main, types, ...leaves(exports), ...leaves(typesVersions)];
}

function pack(folder, destination) {
  for (const name of filesIn(folder)) {
    checkFile(path.join(folder, name), name);
  }
  const [{ filename, size, unpackedSize }] = JSON.parse(
    npm(folder, ['pack', '--json', '--pack-destination', destination]),
  );
  console.log(
    `${path.basename(destination)}/${filename}: ${kib(size)} KiB, ${kib(unpackedSize)} KiB unpacked`,
  );
}

function npm(cwd, args) {
  const shell = process.platform === 'win32';
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell, maxBuffer: 1 << 26 });
}

function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

function writeJson(file, value) {
  fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function kib(bytes) {
  return Math.ceil(bytes / 1024);
}

if (require.main === module) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

module.exports = { packMainAlone };
