'use strict';

// Sends many requests and makes many tokens in one process, with every failure that a server can cause. `run.js` is the long
// form, and a test runs a short form.

const assert = require('assert');
const { fork } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { median } = require('../bench/measure');
const { authority, issue, loopback } = require('../testing/certificates');

/**
 * Runs a server and the process under test. Throws if a call never settles, settles twice or gets the response of another call,
 * if the process fails, or if its memory, threads or connections do not level off.
 *
 * @param {object} options
 * @param {number} options.requests the total number of requests
 * @param {number} options.tokens the minimum total number of tokens
 * @param {number} options.rounds the number of rounds, after each of which all calls are settled and memory is measured
 * @param {number} options.atOnce the number of concurrent calls
 * @param {number} options.restartsEvery the number of requests between two restarts of the server
 * @param {number} options.growth the fraction by which memory may still grow in the second half
 * @param {(round: Round) => void} [options.onRound]
 *
 * @typedef {object} Round
 * @property {number} round
 * @property {number} megabytes
 * @property {number} descriptors
 * @property {number} threads
 * @property {number} opened the number of connections that were opened, as the servers count them
 * @property {number} openAtOnce the highest number of connections that were open at once
 */
async function soak(options) {
  const { settled, served, rounds } = await against(
    'client.js',
    { ...options, closesIdleEvery: 400 },
    ['--expose-gc'],
  );
  assert.equal(served.sentTwice, 0);
  assert.ok(settled.tokens >= options.tokens);
  levelsOff(rounds, options.growth);
  connectionsLevelOff(rounds, options.growth);
  return { settled, served };
}

/**
 * Runs workers that load the package, use it and end in every way, most of them with requests in flight. Throws if this crashes
 * the process, or if its memory, threads or connections do not level off.
 *
 * @param {object} options
 * @param {number} options.workers the total number of workers
 * @param {number} options.inFlight the number of requests that each worker starts, half of which never settle
 * @param {number} options.atOnce the number of concurrent workers
 * @param {number} options.rounds the number of rounds, after each of which all workers have ended and memory is measured
 * @param {number} options.growth the fraction by which memory may still grow in the second half
 * @param {(round: Round) => void} [options.onRound]
 */
async function churn(options) {
  const { settled, rounds } = await against('workers.js', options);
  levelsOff(rounds, options.growth);
  return settled;
}

/**
 * Starts many requests at once. Throws if one fails. Returns how often a timer fires until all responses have arrived.
 *
 * @param {object} options
 * @param {number} options.calls the number of requests
 */
async function load(options) {
  const { settled } = await against('load.js', options);
  return settled;
}

/**
 * Sends each request to a different host name and with a different `ca`. Throws if a request fails, if the memory, threads or
 * connections of the process do not level off, or if the other requests evict the connection of a service that is in use all along.
 *
 * @param {object} options
 * @param {number} options.distinct the number of host names and certificates
 * @param {number} options.atOnce the number of concurrent requests
 * @param {number} options.rounds the number of rounds, after each of which memory is measured
 * @param {number} options.growth the fraction by which memory may still grow in the second half
 * @param {(round: Round) => void} [options.onRound]
 */
async function distinct(options) {
  const names = { dnsNames: ['*.soak.example'], ipAddresses: ['127.0.0.1'] };
  const certificate = issue(authority({ commonName: 'Authority of the soak' }), names);
  const { settled, served, rounds } = await against('distinct.js', { ...options, certificate }, [
    '--expose-gc',
  ]);
  assert.equal(settled.distinct, options.distinct);
  // A server that is refused natively gets another connection, from Node's client.
  const most = 1.1 * options.distinct + options.atOnce;
  assert.ok(served.connections <= most, `${served.connections} connections`);
  levelsOff(rounds, options.growth);
  return { settled, served };
}

/**
 * Sends requests to a server that ends persistent connections at random. Throws if an idempotent request fails, or if any other
 * request arrives twice, or if memory, threads or connections do not level off.
 *
 * @param {object} options
 * @param {number} options.requests the total number of requests
 * @param {number} options.atOnce the number of concurrent requests
 * @param {number} options.rounds the number of rounds, after each of which all calls are settled
 * @param {number} options.growth the fraction by which memory and connections may still grow in the second half
 * @param {(round: Round) => void} [options.onRound]
 * @param {number} options.endsKeptEvery the average number of requests for which the server ends one connection
 * @param {boolean} [options.proxied] whether the requests go through a proxy tunnel
 */
async function kept(options) {
  const { settled, served, rounds } = await against('kept.js', options);
  assert.equal(served.sentTwice, 0);
  assert.equal(served.most, 3);
  levelsOff(rounds, options.growth);
  connectionsLevelOff(rounds, options.growth);
  return { settled, served };
}

/**
 * Runs the servers and a process that runs `script`. Returns the reports of both, and what was measured in each round: by the
 * process its memory, and by the servers the connections.
 */
async function against(
  script,
  { onRound = () => {}, certificate = loopback(), ...options },
  execArgv = [],
) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pusher-platform-soak-'));
  const children = [];
  const start = (name, argument, settings) => {
    const child = fork(path.join(__dirname, name), [argument], settings);
    children.push(child);
    return child;
  };
  const file = (name, text) => {
    fs.writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  try {
    const settings = JSON.stringify({ ...options, ...certificate });
    const server = start('server.js', file('server.json', settings));
    const [ports] = await once(server, 'message');
    const client = start(script, JSON.stringify({ ...options, ...ports }), {
      execArgv,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: file('ca.pem', certificate.ca) },
    });
    const ask = async (what) => {
      server.send(what);
      const [told] = await once(server, 'message');
      return told;
    };
    const rounds = [];
    let settled;
    let counted = Promise.resolve();
    client.on('message', (message) => {
      if (message.report) {
        settled = message.report;
        return;
      }
      counted = counted.then(async () => {
        rounds.push({ ...message, ...(await ask('count')) });
        onRound(rounds.at(-1));
      });
    });
    const [code, signal] = await once(client, 'exit');
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.ok(settled, 'The process ended with calls open');
    await counted;
    return { settled, served: await ask('report'), rounds };
  } finally {
    for (const child of children) child.kill();
    fs.rmSync(folder, { recursive: true });
  }
}

// The rounds from which connections are compared.
const ENOUGH_ROUNDS = 20;

// The connections that are open at once are the peak of a moment: without growth, rounds of a million calls had between 191 and 503.
// Drawn from such rounds, the medians of two halves differ by more than this about once in 500 times.
const PEAK_SPREAD = 0.3;

/** The threads that look names up (src/request/runtime.rs). They start when several look-ups coincide, and end when they are idle. */
const LOOKUP_THREADS = 4;

/**
 * Checks that memory and connections grow by at most the fraction `growth`, and the number of threads by no more than look-ups
 * take.
 *
 * @param {Round[]} rounds
 * @param {number} growth
 */
function levelsOff(rounds, growth) {
  const [before, after] = halves(rounds).map((part) => ({
    megabytes: Math.max(...part.map(({ megabytes }) => megabytes)),
    threads: Math.max(...part.map(({ threads }) => threads)),
  }));
  const told = JSON.stringify({ before, after });
  assert.ok(after.megabytes <= before.megabytes * (1 + growth), `Memory grows: ${told}`);
  assert.ok(after.threads <= before.threads + LOOKUP_THREADS, `Threads grow: ${told}`);
}

/**
 * Throws if more connections are opened, or are open at once, in the second half of the rounds. Where workers or clients come and
 * go, both depend on the moment at which they end.
 * @param {Round[]} rounds
 * @param {number} growth
 */
function connectionsLevelOff(rounds, growth) {
  // Restarts of the server, whose effect differs from round to round, hide the rest in the few rounds of the short forms.
  if (rounds.length < ENOUGH_ROUNDS) return;
  const [before, after] = halves(rounds).map((part) => ({
    opened: Math.min(...part.map(({ opened }) => opened)),
    openAtOnce: median(part.map(({ openAtOnce }) => openAtOnce)),
  }));
  const told = JSON.stringify({ before, after });
  assert.ok(after.opened <= before.opened * (1 + growth), `More connections are opened: ${told}`);
  assert.ok(
    after.openAtOnce <= before.openAtOnce * (1 + PEAK_SPREAD),
    `More connections are open at once: ${told}`,
  );
}

/** @param {Round[]} rounds */
function halves(rounds) {
  // In the first quarter, caches fill and the heap reaches its size.
  const warm = rounds.slice(Math.floor(rounds.length / 4));
  const half = Math.floor(warm.length / 2);
  return [warm.slice(0, half), warm.slice(-half)];
}

module.exports = { churn, distinct, kept, load, soak };
