'use strict';

// Runs a platform's Node on this machine: with an emulator, another C library's loader, or wine.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { nodeOf } = require('./build');
const {
  cache,
  installDebian,
  installMuslNode,
  installOldGlibc,
  unpackDebian13,
} = require('./debian');

/**
 * Returns the runtimes to try a binary on, in the form that `tryAll` takes.
 * @param {import('./list').Platform} platform
 * @param {string} [binary] the binary to load instead of the one that the package finds
 */
function runtimesOf(platform, binary) {
  const { triple, nodes = {}, wheel } = platform;
  if (!triple) {
    return oldGlibc(nodes, binary);
  }
  if (triple.includes('windows')) {
    return wine(nodes, binary);
  }
  return wheel ? [musl(platform, binary)] : emulated(platform, binary);
}

function emulated({ debian, qemu, nodes }, binary) {
  const libraries = ['libc6', 'libstdc++6', ...(debian === 'armhf' ? ['libatomic1'] : [])];
  installDebian(['qemu-user-static', ...libraries.map((name) => `${name}:${debian}`)]);
  return Object.entries(nodes).map(([alias, source]) =>
    runtime(`/usr/bin/${qemu}`, [nodeOf(alias, source)], binary),
  );
}

function musl({ debian, qemu, wheel }, binary) {
  const library = path.join(unpackDebian13('musl', debian), 'usr/lib');
  const loader = fs.readdirSync(library).find((name) => /^ld-musl-.*\.so\.1$/.test(name));
  const command = [path.join(library, loader), installMuslNode(wheel)];
  if (qemu) {
    installDebian(['qemu-user-static']);
    command.unshift(`/usr/bin/${qemu}`);
  }
  return runtime(command[0], command.slice(1), binary);
}

/** Returns the runtimes that load the released binary with the oldest glibc that it is linked for. */
function oldGlibc(nodes, binary) {
  const folder = installOldGlibc();
  const libraries = [`${folder}/sysroot/lib`, `${folder}/sysroot/lib64`, `${folder}/lib64`];
  const loader = path.join(libraries[0], 'ld-linux-x86-64.so.2');
  const before = ['--library-path', libraries.join(':')];
  return Object.entries(nodes).map(([alias, source]) =>
    runtime(loader, [...before, nodeOf(alias, source)], binary),
  );
}

function wine(nodes, binary) {
  installDebian(['wine64', 'gcc-mingw-w64-x86-64']);
  const executable = '/usr/lib/wine/wine64';
  const prefix = path.join(cache, 'wine');
  const env = { WINEPREFIX: prefix, WINEDEBUG: '-all' };
  const library = path.join(prefix, 'drive_c/windows/system32/bcryptprimitives.dll');
  // This file is written last, so that the next run repeats a set-up that was interrupted.
  if (!fs.existsSync(library)) {
    fs.rmSync(prefix, { recursive: true, force: true });
    const options = { env: { ...process.env, ...env, PATH: `${process.env.PATH}:/usr/lib/wine` } };
    execFileSync(executable, ['wineboot', '-i'], { ...options, stdio: 'ignore' });
    execFileSync(executable, ['winecfg', '-v', 'win10'], { ...options, stdio: 'ignore' });
    // Wine 8 lacks this library, of which Rust's standard library needs one function.
    const source = path.join(__dirname, 'bcryptprimitives.c');
    const args = ['-shared', '-o', library, source, '-ladvapi32'];
    execFileSync('x86_64-w64-mingw32-gcc', args, { stdio: 'inherit' });
  }
  return Object.entries(nodes).map(([alias, source]) =>
    runtime(executable, [nodeOf(alias, source)], `Z:${binary.replace(/\//g, '\\')}`, env),
  );
}

function runtime(executable, before, binary, env = {}) {
  const title = versionOf(executable, before, env);
  return {
    name: 'node',
    title: `node ${title}`,
    major: Number.parseInt(title, 10),
    executable,
    before,
    // Without this, the package would load the addon of its own platform's package: on Windows the msvc build.
    env: { ...env, ...(binary && { NAPI_RS_NATIVE_LIBRARY_PATH: binary }) },
  };
}

function versionOf(executable, before, env) {
  // The output goes through a file, as in `run` of installed.js.
  const file = path.join(cache, 'version.txt');
  const output = fs.openSync(file, 'w');
  execFileSync(executable, [...before, '-p', 'process.versions.node + " " + process.arch'], {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env },
  });
  fs.closeSync(output);
  return fs.readFileSync(file, 'utf8').trim();
}

module.exports = { runtimesOf };
