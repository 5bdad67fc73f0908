'use strict';

// Runs the checks that a runtime has to pass and prints a table of the results. Each check is a program of scripts/matrix/ and
// runs in a process of its own.

const { run } = require('./installed');

// The packages that checks require in addition to ours: the service SDK that most programs with the original use, and the
// original.
const CHATKIT = '@pusher/chatkit-server@2.4.0';
const ORIGINAL = 'platform-node-original@npm:@pusher/platform-node@0.15.5';
// This module sends requests through Node's own HTTP client.
const NODE_HTTP = 'pusher-platform-native/testing/node-http';

const GRANTED = ['--allow-fs-read=*'];

// The program that each check runs, as arguments of the runtime, or null if the check does not apply to the runtime.
const CHECKS = {
  token: () => ['check.js', 'token'],
  refresh: () => ['check.js', 'refresh'],
  request: () => ['check.js', 'request'],
  error: () => ['check.js', 'error'],
  way: () => ['check.js', 'way'],
  'node-http': ({ name }) =>
    name === 'node' ? ['--require', NODE_HTTP, 'check.js', 'request'] : null,
  // Where there is no addon, the WebAssembly module serves.
  wasm: () => ['wasm.js', 'asked'],
  'no platform': () => ['wasm.js', 'platform'],
  '--no-addons': ({ name }) => (name === 'node' ? ['--no-addons', 'check.js', 'request'] : null),
  '--permission': ({ name, major }) =>
    name === 'node' && major >= 20
      ? [
          major >= 24 ? '--permission' : '--experimental-permission',
          ...GRANTED,
          'check.js',
          'token',
        ]
      : null,
  import: () => ['import.mjs'],
  workers: () => ['check.js', 'workers'],
  vm: () => ['check.js', 'vm'],
  reload: () => ['check.js', 'reload'],
  // Bun's own error for an unknown host name differs from Node's: its `errno` is 4.
  refused: ({ name }) => (name === 'bun' ? null : ['check.js', 'refused']),
  original: () => ['check.js', 'original'],
  life: () => ['check.js', 'life'],
  exit: () => ['check.js', 'exit'],
  // Only Node can list the libraries that its process has loaded.
  pinned: ({ name }) => (name === 'node' ? ['check.js', 'pinned'] : null),
  chatkit: () => ['check.js', 'chatkit'],
  // The programs of __test__/request/interruptions/, in longer forms: the arguments are numbers of rounds or of entries.
  interrupt: (runtime) => interruptions(runtime, 'interrupt.js', '100'),
  reenter: (runtime) => interruptions(runtime, 'reenter.js', '10'),
  throw: (runtime) => interruptions(runtime, 'throw.js', '15'),
  unload: (runtime) => interruptions(runtime, 'unload.js', '100'),
  grow: (runtime) => interruptions(runtime, 'grow.js', '400'),
  'node --test': ({ name, major }) => {
    if (name === 'bun') {
      return ['test', './runner.test.js'];
    }
    if (name === 'deno') {
      return ['test', '--allow-all', 'runner.test.js'];
    }
    return major >= 16 ? ['--test', 'runner.test.js'] : null;
  },
  jest: (runtime) => jest(runtime, ['jest.test.js']),
  'jest native': (runtime) => jest(runtime, ['--testMatch=**/native.test.js']),
  'jest setupFiles': (runtime) =>
    jest(runtime, ['--testMatch=**/setup.test.js', `--setupFiles=${NODE_HTTP}`]),
  'vitest setupFiles': (runtime) => vitest(runtime, 'vitest.config.mjs'),
  'vitest native': (runtime) => vitest(runtime, 'vitest_native.config.mjs'),
};

// Bun and Deno neither interrupt JavaScript nor collect garbage in the same ways.
function interruptions({ name }, ...args) {
  return name === 'node' ? ['--expose-gc', `interruptions/${args[0]}`, ...args.slice(1)] : null;
}

function jest({ name, major }, args) {
  const version = major >= 18 ? 'jest' : 'jest-29';
  return name === 'node' ? [`node_modules/${version}/bin/jest.js`, '--ci', ...args] : null;
}

function vitest({ name, major }, config) {
  const isSupported = name === 'node' && major >= 20;
  return isSupported ? ['node_modules/vitest/vitest.mjs', 'run', '--config', config] : null;
}

/**
 * Runs the named checks on each runtime, and prints a row for each runtime.
 * @param {Array<{ name: string, title: string, major: number, executable: string, before?: string[], env?: object }>} runtimes
 *   `before` holds the arguments of the executable that precede the program
 * @param {string[]} names the names of the checks
 * @param {{ folder: string, env: Record<string, string> }} project the project that the checks run in
 * @param {{ timeout?: number }} [options] `timeout` is the time limit of one check, in milliseconds
 * @returns {Promise<number>} the number of checks that failed
 */
async function tryAll(runtimes, names, { folder, env }, { timeout } = {}) {
  const failures = [];
  const width = Math.max(...runtimes.map(({ title }) => title.length));
  console.log(['runtime'.padEnd(width), ...names].join('  '));
  for (const runtime of runtimes) {
    const place = {
      cwd: folder,
      env: { ...env, DENO_NO_UPDATE_CHECK: '1', ...runtime.env },
      timeout,
    };
    // Each cell is printed as soon as its result is known, because an emulated runtime takes minutes for a row.
    process.stdout.write(runtime.title.padEnd(width));
    for (const name of names) {
      const args = CHECKS[name](runtime);
      const output = args && (await run(runtime.executable, argumentsOf(runtime, args), place));
      const cell = !args ? '-' : output === '' ? 'ok' : 'FAIL';
      process.stdout.write(`  ${cell.padEnd(name.length)}`);
      if (output) {
        failures.push(`${runtime.title}, ${name}:\n${output}`);
      }
    }
    console.log();
  }
  console.log([...failures, `${failures.length} failed.`].join('\n\n'));
  return failures.length;
}

/** Returns the arguments of a runtime. Deno needs a flag that grants its programs every permission. */
function argumentsOf({ name, before = [] }, args) {
  const allowed = name === 'deno' && args[0] !== 'test' ? ['run', '--allow-all', ...args] : args;
  return [...before, ...allowed];
}

module.exports = { CHATKIT, ORIGINAL, CHECKS, tryAll };
