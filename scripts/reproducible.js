'use strict';

// Provides the flags with which a build has the same bytes wherever, whenever and by whomever it is made: no path of the machine
// and no time gets into the addon.

const { execFileSync } = require('child_process');
const path = require('path');

const root = path.join(__dirname, '..');

/**
 * @typedef {object} Flags
 * @property {Record<string, string>} env the variables that make cargo and the C compiler use the flags
 * @property {string[]} rust the flags for Rust, with names in place of this machine's paths
 * @property {string[]} c the flags for C, likewise
 */

/**
 * Returns the flags for a build.
 * @param {string} triple
 * @param {{ cargo?: string, rustc?: string, more?: string[] }} [options] `more` are further flags for Rust
 * @returns {Flags}
 */
function flagsFor(triple, { cargo = 'cargo', rustc = 'rustc', more = [] } = {}) {
  const renamed = renamedFolders(triple, cargo, rustc);
  const isMsvc = triple.includes('msvc');
  const rustFlags = [
    // Node built with musl is linked with musl's shared library.
    ...(triple.includes('musl') ? ['-Ctarget-feature=-crt-static'] : []),
    ...(isMsvc ? ['-Clink-arg=/Brepro'] : []),
    ...more,
  ];
  // mimalloc prints when it was compiled. SOURCE_DATE_EPOCH would not do: zig keeps objects whatever that variable says.
  const cFlags = isMsvc
    ? ['/Brepro']
    : ['-Wno-builtin-macro-redefined', '-D__DATE__=""', '-D__TIME__=""'];
  const forRust = (from, to) => `--remap-path-prefix=${from}=${to}`;
  const forC = (from, to) => `-ffile-prefix-map=${from}=${to}`;
  const all = (flags, flag) => [...flags, ...renamed.map(({ from, to }) => flag(from, to))];
  const named = (flags, flag) => [
    ...flags,
    ...[...new Set(renamed.map(({ what, to }) => flag(`<${what}>`, to)))],
  ];
  return {
    rust: named(rustFlags, forRust),
    c: isMsvc ? cFlags : named(cFlags, forC),
    env: {
      // Unlike RUSTFLAGS, this variable allows spaces in paths.
      CARGO_ENCODED_RUSTFLAGS: all(rustFlags, forRust).join('\x1f'),
      [`CFLAGS_${triple.replace(/-/g, '_')}`]: (isMsvc ? cFlags : all(cFlags, forC))
        .map((flag) => `'${flag}'`)
        .join(' '),
      CC_SHELL_ESCAPED_FLAGS: '1',
      // Apple's ar and ranlib write no times then.
      ZERO_AR_DATE: '1',
    },
  };
}

/**
 * Returns the folders of this machine whose names compilers write into their output, each with the name that replaces it. Where
 * two apply, the later one does.
 */
function renamedFolders(triple, cargo, rustc) {
  const metadata = JSON.parse(
    execFileSync(
      cargo,
      ['metadata', '--format-version', '1', '--locked', '--filter-platform', triple],
      { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );
  const crates = metadata.packages
    .filter(({ source }) => source !== null)
    .map(({ manifest_path }) => path.dirname(path.dirname(manifest_path)));
  const sysroot = output(rustc, ['--print', 'sysroot']);
  const [, hash] = output(rustc, ['-vV']).match(/^commit-hash: (.+)$/m);
  return [
    { what: 'project', from: metadata.workspace_root, to: '/project' },
    { what: 'build', from: metadata.target_directory, to: '/build' },
    // The folder of a registry is named after its address, which mirrors change.
    ...[...new Set(crates)].map((from) => ({ what: 'crates', from, to: '/crates' })),
    // The name that rustc itself gives to the source of the standard library, unless that source is installed.
    { what: 'rust', from: path.join(sysroot, 'lib/rustlib/src/rust'), to: `/rustc/${hash}` },
  ];
}

function output(command, args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
}

module.exports = { flagsFor };
