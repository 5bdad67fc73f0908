'use strict';

// Runs a program in a Node process of its own, with an environment of its own.

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../..');

// Everything else of the host's environment stays outside: its proxies, its extra certificates and
// its NODE_OPTIONS would change what a case does. SUBJECT is the tests' own (see packages.js), and
// Windows starts no process without SystemRoot. The rest is how `scripts/sanitize.js` has the addon watched.
const SANITIZER = ['NAPI_RS_NATIVE_LIBRARY_PATH', 'LD_PRELOAD', 'ASAN_OPTIONS', 'LSAN_OPTIONS'];
const INHERITED = ['PATH', 'HOME', 'SUBJECT', 'SystemRoot', ...SANITIZER];

/**
 * Runs `script`, the absolute path of a file or the source text of a CommonJS program, in the
 * repository's root, so that source text requires what a file there would.
 *
 * @param {string} script
 * @param {object} [options]
 * @param {Record<string, string>} [options.env] variables beside PATH and HOME
 * @param {string[]} [options.args] arguments of the program
 * @param {string[]} [options.execArgv] arguments of Node itself
 * @param {string} [options.node] the Node executable
 * @param {number} [options.timeout] milliseconds until it is killed
 * @returns {Promise<{ code: number | null, signal: string | null, timedOut: boolean,
 *   stdout: string, stderr: string, json: any }>} `json` is the last line of stdout, parsed; where
 *   that line is no JSON, reading it throws an Error that tells how the program ended
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
      // A grandchild may hold the pipes open; nothing that it says counts any more.
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
      // Not enumerable, so that two results compare by what the programs did.
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
