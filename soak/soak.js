'use strict';

// Many requests and tokens through one process, with every failure that a server can give. `run.js` is the long form;
// a test runs a short one.

const assert = require('assert');
const { fork } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { authority, issue, loopback } = require('../testing/certificates');

/**
 * Runs a server and the process that is soaked; throws where a call is lost, settled twice or answered with another
 * one's answer, where the process fails, and where what it holds does not level off.
 *
 * @param {object} options
 * @param {number} options.requests how many in all
 * @param {number} options.tokens how many in all, at least
 * @param {number} options.rounds after each of which all calls are settled and memory is measured
 * @param {number} options.atOnce how many calls are open at a time
 * @param {number} options.restartsEvery how many requests the server takes between two restarts
 * @param {number} options.growth by what part memory may still grow in the second half
 * @param {(round: Round) => void} [options.onRound]
 *
 * @typedef {{ round: number, megabytes: number, descriptors: number, threads: number }} Round
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
  return { settled, served };
}

/**
 * Has workers load the package, use it and leave in every way, most of them with requests in flight; throws where that
 * ends the process otherwise than by itself, or where what it holds does not level off.
 *
 * @param {object} options
 * @param {number} options.workers how many in all
 * @param {number} options.inFlight how many requests each of them has open as it ends
 * @param {number} options.atOnce how many workers there are at a time
 * @param {number} options.rounds after each of which all workers are gone and memory is measured
 * @param {number} options.growth by what part memory may still grow in the second half
 * @param {(round: Round) => void} [options.onRound]
 */
async function churn(options) {
  const { settled, rounds } = await against('workers.js', options);
  levelsOff(rounds, options.growth);
  return settled;
}

/**
 * Starts many requests at once; throws where one fails. Tells how often a timer fired until all were answered.
 *
 * @param {object} options
 * @param {number} options.calls how many
 */
async function load(options) {
  const { settled } = await against('load.js', options);
  return settled;
}

/**
 * Makes each request to another host name and by another `ca`; throws where one fails, where what the process holds does
 * not level off, or where a service that is in use all along loses its connection to the others.
 *
 * @param {object} options
 * @param {number} options.distinct how many names and certificates
 * @param {number} options.atOnce how many requests are open at a time
 * @param {number} options.rounds after each of which memory is measured
 * @param {number} options.growth by what part memory may still grow in the second half
 * @param {(round: Round) => void} [options.onRound]
 */
async function distinct(options) {
  const names = { dnsNames: ['*.soak.example'], ipAddresses: ['127.0.0.1'] };
  const certificate = issue(authority({ commonName: 'Authority of the soak' }), names);
  const { settled, served, rounds } = await against('distinct.js', { ...options, certificate }, [
    '--expose-gc',
  ]);
  assert.equal(settled.distinct, options.distinct);
  assert.ok(served.connections <= options.distinct + options.atOnce, 'Connections are lost');
  levelsOff(rounds, options.growth);
  return { settled, served };
}

/**
 * Sends requests to a server that ends connections at random which it has kept; throws where one is lost that may be repeated,
 * or where another comes twice.
 *
 * @param {object} options
 * @param {number} options.requests how many in all
 * @param {number} options.atOnce how many are open at a time
 * @param {number} options.endsKeptEvery every how many requests the server ends the connection of one
 * @param {boolean} [options.proxied] whether they go through a proxy
 */
async function kept(options) {
  const { settled, served } = await against('kept.js', options);
  assert.equal(served.sentTwice, 0);
  assert.equal(served.most, 2);
  return { settled, served };
}

/** Runs a server, and a process of `script` that reports. */
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
    const rounds = [];
    let settled;
    client.on('message', (message) => {
      if (message.report) {
        settled = message.report;
      } else {
        rounds.push(message);
        onRound(message);
      }
    });
    const [code, signal] = await once(client, 'exit');
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.ok(settled, 'The process ended with calls open');
    server.send('report');
    const [served] = await once(server, 'message');
    return { settled, served, rounds };
  } finally {
    for (const child of children) child.kill();
    fs.rmSync(folder, { recursive: true });
  }
}

/** @param {Round[]} rounds @param {number} growth */
function levelsOff(rounds, growth) {
  // Until then caches fill and the heap finds its size.
  const warm = rounds.slice(Math.floor(rounds.length / 4));
  const half = Math.floor(warm.length / 2);
  const [before, after] = [warm.slice(0, half), warm.slice(-half)].map((part) => ({
    megabytes: Math.max(...part.map(({ megabytes }) => megabytes)),
    threads: Math.max(...part.map(({ threads }) => threads)),
  }));
  assert.ok(after.megabytes <= before.megabytes * (1 + growth), 'Memory grows');
  assert.ok(after.threads <= before.threads, 'Threads grow');
}

module.exports = { churn, distinct, kept, load, soak };
