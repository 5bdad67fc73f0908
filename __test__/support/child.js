'use strict';

// Runs a program in a separate Node process, with an environment of its own.

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../..');

// The rest of the host's environment is not passed on: its proxies, its extra certificates and its NODE_OPTIONS would change the
// results of a case. SUBJECT belongs to the tests themselves (see packages.js), PUSHER_PLATFORM_BINDING has them run over the WebAssembly
// module, and Windows starts no process without SystemRoot.
// cargo finds its toolchain and its crates by the next two, where they are not in HOME. The other variables make the process
// load the addon that `scripts/sanitize.js` has built, with AddressSanitizer.
const SANITIZER = ['NAPI_RS_NATIVE_LIBRARY_PATH', 'LD_PRELOAD', 'ASAN_OPTIONS', 'LSAN_OPTIONS'];
const INHERITED = [
  ...[
    'PATH',
    'HOME',
    'SUBJECT',
    'PUSHER_PLATFORM_BINDING',
    'SystemRoot',
    'RUSTUP_HOME',
    'CARGO_HOME',
  ],
  ...SANITIZER,
];

/**
 * Runs `script`, the absolute path of a file or the source text of a CommonJS program, in the repository's root, so that source
 * text resolves modules as a file in that folder does.
 *
 * @param {string} script
 * @param {object} [options]
 * @param {Record<string, string>} [options.env] variables in addition to PATH and HOME
 * @param {string[]} [options.args] arguments of the program
 * @param {string[]} [options.execArgv] arguments of Node itself
 * @param {string} [options.node] the Node executable
 * @param {number} [options.timeout] milliseconds after which the process is killed
 * @returns {Promise<{ code: number | null, signal: string | null, timedOut: boolean,
 *   stdout: string, stderr: string, json: any }>} `json` is the parsed last line of stdout; if that
 *   line is not JSON, reading `json` throws an Error that describes how the program ended
 */
function run(script, options = {}) {
  const { env = {}, args = [], execArgv = [], node = process.execPath, timeout = 60_000 } = options;
  const inherited = INHERITED.filter((name) => name in process.env);
  const isFile = path.isAbsolute(script) && existsSync(script);
  const program = isFile ? [script] : ['--eval', script, '--'];

  return new Promise((resolve, reject) => {
    const child = spawn(node, [...execArgv, ...program, ...args], {
      cwd: ROOT,
      env: { ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const result = { code: null, signal: null, timedOut: false, stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        result[name] += text;
      });
    }
    const timer = setTimeout(() => {
      result.timedOut = true;
      child.kill('SIGKILL');
      // A process that the child has started may hold the pipes open; its output no longer matters.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeout);

    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      Object.assign(result, { code, signal });
      // `json` is not enumerable, so that a comparison of two results ignores it.
      Object.defineProperty(result, 'json', { get: () => lastLine(result) });
      resolve(result);
    });
  });
}

function lastLine({ stdout, stderr, code, signal, timedOut }) {
  try {
    return JSON.parse(stdout.trimEnd().split('\n').pop());
  } catch {
    const end = timedOut ? 'was killed at its timeout' : `ended with ${signal || code}`;
    throw new Error(`The program ${end}, without JSON:\n${stdout}\n${stderr}`);
  }
}

module.exports = { run };
