'use strict';

// Inspects a library for macOS without running it, by Mach-O's header and load commands (<mach-o/loader.h>), and writes stubs of
// the frameworks that the library is linked with, for machines that lack them.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '../..');

const MAGIC_64 = 0xfeedfacf;
const DYLIB = 6;
const CPUS = { 'aarch64-apple-darwin': 0x0100000c, 'x86_64-apple-darwin': 0x01000007 };
const LC_SYMTAB = 0x2;
const LC_LOAD_DYLIB = 0xc;
const LC_ID_DYLIB = 0xd;
const LC_BUILD_VERSION = 0x32;
const LC_VERSION_MIN_MACOSX = 0x24;
// N_EXT without a type: the symbol is defined in another library (<mach-o/nlist.h>).
const UNDEFINED = 0x1;

// The oldest systems that Rust's standard library and Node 16 require; Node 16 is the oldest Node that runs on arm64.
const OLDEST_SYSTEM = { 'aarch64-apple-darwin': [11, 0], 'x86_64-apple-darwin': [10, 15] };

/**
 * Returns the oldest system, the install name and the libraries of a library; throws if Node for macOS cannot load the library.
 * @param {string} file
 * @param {import('./list').Platform} platform
 */
function inspect(file, { triple }) {
  const bytes = fs.readFileSync(file);
  if (bytes.readUInt32LE(0) !== MAGIC_64 || bytes.readUInt32LE(4) !== CPUS[triple]) {
    throw new Error(`${file} is no library for ${triple}`);
  }
  if (bytes.readUInt32LE(12) !== DYLIB) {
    throw new Error(`${file} is no dynamic library`);
  }
  const { system, name, libraries, symbols } = read(bytes);
  const [major, minor] = system;
  const [most, more] = OLDEST_SYSTEM[triple];
  if (major > most || (major === most && minor > more)) {
    throw new Error(`${file} asks for macOS ${major}.${minor}, above ${most}.${more}`);
  }
  for (const library of libraries) {
    if (!/^\/(usr\/lib|System\/Library\/Frameworks)\//.test(library)) {
      throw new Error(`${file} asks for ${library}, which is not the system's`);
    }
  }
  if (!symbols.some(({ isDefined, text }) => isDefined && text === '_napi_register_module_v1')) {
    throw new Error(`${file} exports no napi_register_module_v1`);
  }
  // The addon looks up Node-API's functions by name when it is loaded, so every undefined symbol must name its library.
  const undefinedOnes = symbols.filter(({ isDefined }) => !isDefined);
  const stray = undefinedOnes.filter(({ library }) => library === 0xfe);
  if (stray.length > 0) {
    throw new Error(`${file} leaves open where ${stray.map(({ text }) => text)} come from`);
  }
  return `macOS ${major}.${minor} and newer, ${undefinedOnes.length} symbols of ${libraries.length} libraries, ${name}; not run`;
}

function read(bytes) {
  const found = { system: [0, 0], name: 'no install name', libraries: [], symbols: [] };
  const count = bytes.readUInt32LE(16);
  let at = 32;
  for (let index = 0; index < count; index += 1) {
    const command = bytes.readUInt32LE(at) & 0x7fffffff;
    const size = bytes.readUInt32LE(at + 4);
    if (command === LC_SYMTAB) {
      found.symbols = symbolsOf(bytes, at);
    } else if (command === LC_LOAD_DYLIB) {
      found.libraries.push(text(bytes, at + bytes.readUInt32LE(at + 8)));
    } else if (command === LC_ID_DYLIB) {
      found.name = text(bytes, at + bytes.readUInt32LE(at + 8));
    } else if (command === LC_BUILD_VERSION) {
      found.system = versionOf(bytes.readUInt32LE(at + 12));
    } else if (command === LC_VERSION_MIN_MACOSX) {
      found.system = versionOf(bytes.readUInt32LE(at + 8));
    }
    at += size;
  }
  return found;
}

function symbolsOf(bytes, at) {
  const [offset, count, strings] = [8, 12, 16].map((place) => bytes.readUInt32LE(at + place));
  return Array.from({ length: count }, (_, index) => {
    const entry = offset + index * 16;
    const type = bytes[entry + 4];
    return {
      text: text(bytes, strings + bytes.readUInt32LE(entry)),
      isDefined: (type & 0xf) !== UNDEFINED,
      // The number of the library that defines the symbol; 0xfe stands for any library (DYNAMIC_LOOKUP_ORDINAL).
      library: bytes.readUInt16LE(entry + 6) >> 8,
    };
  });
}

function versionOf(packed) {
  return [packed >> 16, (packed >> 8) & 0xff];
}

function text(bytes, start) {
  return bytes.toString('latin1', start, bytes.indexOf(0, start));
}

/**
 * Writes stubs of the frameworks that the addon is linked with. The stubs export all the functions that the binding crates
 * declare.
 * @param {string} folder
 */
function writeStubs(folder) {
  const crates = { Security: 'security-framework-sys', CoreFoundation: 'core-foundation-sys' };
  const metadata = execFileSync(
    '/usr/bin/cargo',
    ['metadata', '--format-version', '1', '--locked'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const { packages } = JSON.parse(metadata);
  for (const [framework, crate] of Object.entries(crates)) {
    const { manifest_path } = packages.find(({ name }) => name === crate);
    const symbols = declared(path.join(path.dirname(manifest_path), 'src'));
    const place = path.join(folder, `${framework}.framework`);
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(
      path.join(place, `${framework}.tbd`),
      `--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/System/Library/Frameworks/${framework}.framework/Versions/A/${framework}'
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ ${symbols.map((name) => `_${name}`).join(', ')} ]
...
`,
    );
  }
  return folder;
}

function declared(folder) {
  const names = fs.readdirSync(folder).flatMap((name) => {
    const source = fs.readFileSync(path.join(folder, name), 'utf8');
    return Array.from(source.matchAll(/pub (?:fn|static) (\w+)/g), ([, symbol]) => symbol);
  });
  return [...new Set(names)].sort();
}

module.exports = { inspect, writeStubs };
