'use strict';

// Creates the errors for an addon that is not installed, does not load, may not be loaded, or does not exist for the platform.

const NAME = 'pusher-platform-native';

// The platforms of `napi.targets` in package.json, as napi-rs names them. scripts/release-check.js compares the lists.
const PUBLISHED = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-arm-gnueabihf',
  'linux-s390x-gnu',
  'linux-ppc64-gnu',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
];

/**
 * Returns the error for an addon that could not be loaded.
 * @param {any} cause the error with which loading failed
 * @param {string | undefined} file the file that the program names in NAPI_RS_NATIVE_LIBRARY_PATH
 * @param {boolean} isMusl
 */
function noBinary(cause, file, isMusl) {
  return failure(barred(cause) || overridden(cause, file) || missing(cause, isMusl), cause);
}

/** Returns the error for loading the addon into a startup snapshot, which would end the process that builds the snapshot. */
function inSnapshot() {
  return failure(
    `${NAME} has an addon, which no startup snapshot can hold. Require it once the snapshot runs: in the function that ` +
      "is given to require('v8').startupSnapshot.setDeserializeMainFunction, by require('module').createRequire.",
  );
}

/** @param {string} message @param {any} [cause] */
function failure(message, cause) {
  const error = new Error(message);
  return Object.assign(error, { code: 'ERR_PUSHER_PLATFORM_NO_BINARY' }, cause && { cause });
}

/**
 * Returns why the running Node loads no addons and how to make it load this one, or undefined if it loads addons.
 * @param {any} cause
 */
function barred(cause) {
  if (!/loading addons is disabled/.test(cause.message)) {
    return isSingleExecutable()
      ? `${NAME} cannot be bundled into a single-executable application, whose require knows Node's own modules alone. ` +
          "Require it by require('module').createRequire(process.execPath), with its packages in a node_modules folder " +
          'beside the executable.'
      : undefined;
  }
  return /** @type {any} */ (process).permission
    ? `${NAME} has an addon, which Node's permission model does not let it load: start Node with --allow-addons as well.`
    : `${NAME} has an addon, which Node was told not to load: start it without --no-addons, also in NODE_OPTIONS.`;
}

function isSingleExecutable() {
  try {
    // Node before 20.12 does not have this module.
    return require('node:sea').isSea();
  } catch {
    return false;
  }
}

/**
 * Returns why the addon that the program names does not load, or undefined if it names none.
 * @param {any} cause
 * @param {string | undefined} file
 */
function overridden(cause, file) {
  if (!file) {
    return undefined;
  }
  const [why] = cause.message.split('\n');
  return (
    `${NAME} expects the path of its addon in the environment variable NAPI_RS_NATIVE_LIBRARY_PATH, but could not load ` +
    `'${file}': ${why}`
  );
}

/** @param {any} cause @param {boolean} isMusl */
function missing(cause, isMusl) {
  const { platform, arch } = process;
  const library = platform === 'linux' && (isMusl ? 'musl' : 'glibc');
  const here = [platform, arch, ...(library ? [`(${library})`] : [])].join(' ');
  const suffix = [platform, arch, abiOf(library || platform, arch)].filter(Boolean).join('-');
  return advice(here, suffix, cause);
}

/**
 * Returns the ABI with which napi-rs ends the name of a platform's package, or undefined if the name has none.
 * @param {string} library the C library of a Linux system, the platform otherwise
 * @param {string} arch
 */
function abiOf(library, arch) {
  const eabi = arch === 'arm' ? 'eabihf' : '';
  /** @type {Record<string, string>} */
  const names = { glibc: `gnu${eabi}`, musl: `musl${eabi}`, win32: 'msvc' };
  return names[library];
}

/** @param {string} here @param {string} suffix @param {any} cause */
function advice(here, suffix, cause) {
  const name = `${NAME}-${suffix}`;
  if (!PUBLISHED.includes(suffix)) {
    return (
      `${NAME} has no binary for ${here}: ${name} is not published, only ${PUBLISHED.join(', ')} are. ` +
      'Build the addon from source with `npm run build` in a clone of the project, and name its .node file in ' +
      'the environment variable NAPI_RS_NATIVE_LIBRARY_PATH.'
    );
  }
  if (cause.code !== 'MODULE_NOT_FOUND') {
    return `${NAME} found ${name}, its binary for ${here}, but could not load it: ${cause.message}`;
  }
  return (
    `${NAME} has no binary for ${here}: its optional dependency ${name} is not installed. ` +
    'Install on the platform that runs the program, without --omit=optional or --no-optional. ' +
    'Where a lock file leaves it out (https://github.com/npm/cli/issues/4828), remove the lock file and ' +
    `node_modules and install again. A bundler has to leave ${NAME} external, or to copy ${name} ` +
    'along with the bundle.'
  );
}

const WARNED = 'pusher-platform-native warns of WebAssembly';

/**
 * Loads the WebAssembly module in place of the addon, and warns of that once in a process. Throws the addon's error if there is no such
 * module, or if the process does not allow it.
 * @param {any} error the error of the addon
 * @param {() => any} load
 */
function insteadOf(error, load) {
  let loaded;
  try {
    loaded = load();
  } catch {
    throw error;
  }
  try {
    warn(error.message);
  } catch {
    // A program may have taken warnings away. That must not keep it from loading the package.
  }
  return loaded;
}

/** @param {string} why */
function warn(why) {
  // Workers and other copies of this package see the note. Node before 14.18 has no place for it, and warns each time.
  const { getEnvironmentData, setEnvironmentData } = require('worker_threads');
  if (getEnvironmentData?.(WARNED) !== true) {
    setEnvironmentData?.(WARNED, true);
    process.emitWarning(
      `${NAME} runs as WebAssembly: tokens take several times as long, and Node's own client sends all requests. ${why}`,
      { code: 'PUSHER_PLATFORM_WASM' },
    );
  }
}

module.exports = { inSnapshot, insteadOf, noBinary };
