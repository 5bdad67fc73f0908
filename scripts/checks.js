'use strict';

// The checks that a runtime passes, each a program of scripts/matrix/ in a process of its own, and the table of how they ended.

const { run } = require('./installed');

// What checks require beside the package: the service SDK that most programs with the original have, and the original.
const CHATKIT = '@pusher/chatkit-server@2.4.0';
const ORIGINAL = 'platform-node-original@npm:@pusher/platform-node@0.15.5';
// What has requests sent through Node's own client.
const NODE_HTTP = 'pusher-platform-native/testing/node-http';

// What each check runs, as arguments of the runtime; null where it has no such thing.
const CHECKS = {
  token: () => ['check.js', 'token'],
  refresh: () => ['check.js', 'refresh'],
  request: () => ['check.js', 'request'],
  error: () => ['check.js', 'error'],
  'node-http': ({ name }) =>
    name === 'node' ? ['--require', NODE_HTTP, 'check.js', 'request'] : null,
  import: () => ['import.mjs'],
  workers: () => ['check.js', 'workers'],
  vm: () => ['check.js', 'vm'],
  reload: () => ['check.js', 'reload'],
  // Bun's own error for a name that is unknown is not Node's: its `errno` is 4.
  refused: ({ name }) => (name === 'bun' ? null : ['check.js', 'refused']),
  original: () => ['check.js', 'original'],
  life: () => ['check.js', 'life'],
  exit: () => ['check.js', 'exit'],
  // Only Node tells which libraries it has loaded.
  pinned: ({ name }) => (name === 'node' ? ['check.js', 'pinned'] : null),
  chatkit: () => ['check.js', 'chatkit'],
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
  'jest setupFiles': (runtime) =>
    jest(runtime, ['--testMatch=**/setup.test.js', `--setupFiles=${NODE_HTTP}`]),
  'vitest setupFiles': ({ name, major }) =>
    name === 'node' && major >= 20 ? ['node_modules/vitest/vitest.mjs', 'run'] : null,
};

function jest({ name, major }, args) {
  const version = major >= 18 ? 'jest' : 'jest-29';
  return name === 'node' ? [`node_modules/${version}/bin/jest.js`, '--ci', ...args] : null;
}

/**
 * Runs the named checks on each runtime, and prints a row for each runtime.
 * @param {Array<{ name: string, title: string, major: number, executable: string, before?: string[], env?: object }>} runtimes
 *   `before` stands before the program among the arguments of the executable
 * @param {string[]} names
 * @param {{ folder: string, env: Record<string, string> }} project
 * @param {{ timeout?: number }} [options] how long a check may take, in milliseconds
 * @returns {Promise<number>} how many checks failed
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
    // Each cell as it is known, since an emulated runtime takes minutes for a row.
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

/** Deno asks for leave to do anything. */
function argumentsOf({ name, before = [] }, args) {
  const allowed = name === 'deno' && args[0] !== 'test' ? ['run', '--allow-all', ...args] : args;
  return [...before, ...allowed];
}

module.exports = { CHATKIT, ORIGINAL, CHECKS, tryAll };
