'use strict';

// Runs the program of program.js under an option, a variable or a hardening, once with the original and once with ours, and
// compares what it prints. The server sees which client has sent a request by how it writes the names of headers.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { isDeepStrictEqual } = require('node:util');

const { names } = require('../support/packages');
const { record } = require('../support/recorder');

const ROOT = path.resolve(__dirname, '../..');
const PROGRAM = fs.readFileSync(path.join(__dirname, 'program.js'), 'utf8');
const SUBJECTS = { original: require.resolve(names.original), ours: subject(names.ours) };
const PATIENCE = 60_000;
// Node's client adds this header in this case, and the native one in lower case.
const OF_NODE = 'Connection';
const INHERITED = ['PATH', 'HOME', 'SystemRoot'];

/** Returns the file that requiring our package loads, wherever the program is. */
function subject(name) {
  return name === 'pusher-platform-native' ? path.join(ROOT, 'index.js') : require.resolve(name);
}

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string[]} [args] arguments of Node; FOLDER stands for a folder that the process may write to
 * @property {Record<string, string>} [env] variables of the environment, in which FOLDER stands for the same
 * @property {string} [prelude] code that the program runs before it loads the package, or before its first call
 * @property {boolean} [isLate] whether the code runs before the first call
 * @property {string[]} [before] the command that starts Node
 * @property {boolean} [mayUseNode] whether the calls of ours may go through Node's client
 * @property {string} [skip] why the case cannot run on this machine
 *
 * @typedef {object} Result
 * @property {string} stdout
 * @property {number | null} code
 * @property {string | null} signal
 * @property {string} stderr
 * @property {string[]} warnings
 * @property {boolean[]} ways whether each request that the server got was sent by Node's client
 */

/** Starts the server, and returns what runs the program of a case. */
async function start() {
  /** @type {Map<string, boolean[]>} */
  const ways = new Map();
  const server = await record({
    respond({ method, target, headers, body }) {
      const [, id] = /an-instance\/(\w+)\//.exec(target) || [];
      ways.get(id)?.push(headers.some(([name]) => name === OF_NODE));
      const told = headers.map(([name, value]) => [name.toLowerCase(), value]);
      const type = told.find(([name]) => name === 'content-type')?.[1];
      const hasToken = told.some(
        ([name, value]) => name === 'authorization' && /^Bearer ey/.test(value),
      );
      const seen = { method, target: target.replace(id, 'ID'), type, hasToken, body: String(body) };
      if (target.endsWith('/none')) {
        const error = { error: 'not_found', error_description: 'There is none' };
        return {
          status: 404,
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(error),
        };
      }
      return { headers: { 'X-Some': 'header' }, body: JSON.stringify(seen) };
    },
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'process-'));
  // A process that has given up its privileges loads its program from there.
  fs.chmodSync(folder, 0o755);
  const ca = path.join(folder, 'ca.pem');
  fs.writeFileSync(ca, server.ca);
  let count = 0;

  /** Runs the program with one of the packages. @param {Case} each @returns {Promise<Result>} */
  async function run(each, seat, node) {
    count += 1;
    const id = `n${count}`;
    const own = path.join(folder, id);
    fs.mkdirSync(own);
    fs.chmodSync(own, 0o777);
    const program = path.join(own, 'program.cjs');
    const settings = JSON.stringify({ id, port: server.port, subject: SUBJECTS[seat] });
    const code = each.prelude || '';
    fs.writeFileSync(
      program,
      PROGRAM.replace('BEFORE;', () => (each.isLate ? '' : code))
        .replace('AFTER;', () => (each.isLate ? code : ''))
        .replace(/SETTINGS(?=\.)/g, () => settings),
    );
    ways.set(id, []);
    const placed = (text) => text.replaceAll('FOLDER', own).replaceAll('ROOT', ROOT);
    const env = Object.fromEntries(
      Object.entries({ NODE_EXTRA_CA_CERTS: ca, ...each.env }).map(([name, value]) => [
        name,
        placed(value),
      ]),
    );
    const [command, ...args] = [
      ...(each.before || []),
      node,
      ...(each.args || []).map(placed),
      program,
    ];
    const ended = await outcomeOf(command, args, {
      cwd: own,
      env: {
        ...Object.fromEntries(
          INHERITED.filter((name) => name in process.env).map((name) => [name, process.env[name]]),
        ),
        ...env,
      },
    });
    fs.rmSync(own, { recursive: true, force: true });
    const comparable = (text) =>
      text.replaceAll(own, 'OWN').replaceAll(id, 'ID').replaceAll(SUBJECTS[seat], 'SUBJECT');
    return {
      ...ended,
      stdout: comparable(ended.stdout),
      warnings: warningsIn(comparable(ended.stderr)),
      ways: ways.get(id),
    };
  }

  return {
    run,
    async close() {
      await server.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

function outcomeOf(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const result = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        result[name] += text;
      });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    child.on('error', reject).on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ ...result, code, signal });
    });
  });
}

/** Returns the warnings of Node among the lines that a process has printed. */
const warningsIn = (stderr) =>
  (stderr.match(/^\(node:\d+\) .*$/gm) || []).map((line) => line.replace(/^\(node:\d+\) /, ''));

/** Returns whether the program has run to its end, whatever its outcomes. */
const hasEnded = ({ stdout }) => stdout.includes('["the end"');

/**
 * Returns what is wrong with ours in a case, as lines.
 * @param {Result} original
 * @param {Result} ours
 * @param {boolean} mayUseNode whether the case may move calls to Node's client
 */
function faultsOf(original, ours, mayUseNode) {
  const faults = [];
  const end = ({ code, signal }) => ({ code, signal });
  if (!isDeepStrictEqual(end(ours), end(original))) {
    faults.push(
      `ended with ${ours.signal || ours.code}, the original with ${original.signal || original.code}: ${ours.stderr.slice(-1000)}`,
    );
  }
  const [theirs, mine] = [original, ours].map(({ stdout }) => stdout.split('\n'));
  for (const [index, line] of theirs.entries()) {
    if (mine[index] !== line)
      faults.push(`printed ${mine[index]}\n  where the original printed ${line}`);
  }
  for (const line of mine.slice(theirs.length)) faults.push(`printed ${line} in addition`);
  const more = ours.warnings.filter((warning) => !original.warnings.includes(warning));
  if (more.length > 0) faults.push(`warned as the original did not: ${more.join('; ')}`);
  if (original.ways.includes(false)) faults.push("the server cannot tell Node's client");
  if (!mayUseNode && ours.ways.includes(true)) faults.push("calls went through Node's client");
  return faults;
}

/**
 * Runs cases in a Node, as many at a time as there are processors.
 * @param {Case[]} cases
 * @param {string} node the executable
 * @param {(each: Case, faults: string[] | null, why?: string) => void} tell is called with each case and what is wrong with ours;
 *   there are no faults to tell of a case that leaves the program of the original no chance to run, or that this machine cannot
 *   run, but the reason
 */
async function compareAll(cases, node, tell) {
  const { run, close } = await start();
  try {
    // What a program prints where its process has decided nothing. Ours may print this where the original does not run.
    const plain = await run({ name: 'nothing' }, 'original', node);
    const queue = [...cases];
    const worker = async () => {
      for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
        if (each.skip) {
          tell(each, null, each.skip);
          continue;
        }
        const original = await run(each, 'original', node);
        if (!hasEnded(original) && each.prelude === undefined) {
          tell(
            each,
            null,
            `ends the original with ${original.signal || original.code}: ${original.stderr.trim()}`,
          );
          continue;
        }
        const ours = await run(each, 'ours', node);
        // Where the original does not run, ours either does or ends in the same way: a failure is that of Node's own client.
        const whole = { ...plain, warnings: original.warnings };
        const expected = hasEnded(original) || !hasEnded(ours) ? original : whole;
        tell(each, faultsOf(expected, ours, Boolean(each.mayUseNode)));
      }
    };
    await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  } finally {
    await close();
  }
}

module.exports = { compareAll };
