'use strict';

// Counts the connections that clients open, and hold at once, to a server that ends six of a hundred of them while they are in
// use: ours against the original and undici. Handshakes are what such a server, and the platform behind it, pays for.

const assert = require('node:assert/strict');
const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { performance } = require('node:perf_hooks');

const { Pool } = require('undici');

const original = require('platform-node-original');
const ours = require('..');
const { instanceOptions } = require('./instance');
const { duration, interleave } = require('./measure');

const ROUNDS = 10;
const CALLS = 4_000;
const AT_ONCE = 128;
const HOST = '127.0.0.1';

// The servers' settings: see soak/server.js.
const [settings] = process.argv.slice(2);

/** The clients by name: each takes the port of its server and returns a function that makes a call with a number. */
const clients = {
  ours: bySurface(ours),
  'the original': bySurface(original),
  undici(port) {
    const pool = new Pool(`https://${HOST}:${port}`);
    return async (number) => {
      const { headers, body } = await pool.request({ method: 'GET', path: `/kept/${number}` });
      await body.text();
      return headers['x-id'];
    };
  },
};

function bySurface(surface) {
  return (port) => {
    const instance = new surface.Instance(instanceOptions(surface, { host: HOST, port }));
    return async (number) => {
      const { headers } = await instance.request({ method: 'GET', path: `kept/${number}` });
      return headers['x-id'];
    };
  };
}

/** @returns {Promise<import('./measure').Row[]>} */
async function measure() {
  const blocks = {};
  // Each client has a server of its own, which counts its connections alone.
  for (const [name, clientOf] of Object.entries(clients)) {
    const server = fork(path.join(__dirname, '../soak/server.js'), [settings], { execArgv: [] });
    const [{ port }] = await once(server, 'message');
    blocks[name] = () => run(server, clientOf(port));
  }
  const results = await interleave(blocks, ROUNDS);
  const what = (text) => `${text} where six of a hundred end, ${AT_ONCE} calls at once`;
  const row = (against, text, metric, target, told) => {
    const [mine, its] = [results.ours[metric], results[against][metric]];
    return {
      what: what(text),
      against,
      ratio: mine / its,
      target,
      ours: told(mine),
      theirs: told(its),
    };
  };
  const count = (each) => String(Math.round(each));
  return ['the original', 'undici'].flatMap((against) => {
    const isOriginal = against === 'the original';
    return [
      row(against, 'connections opened', 'opened', isOriginal ? { atMost: 1.4 } : {}, count),
      row(against, 'connections open at once', 'openAtOnce', {}, count),
      row(against, 'calls lost', 'lost', {}, count),
      row(against, 'time per call', 'time', isOriginal ? { atMost: 1 } : {}, duration),
    ];
  });
}

/** Makes the calls, and returns what the server counted meanwhile. */
async function run(server, call) {
  let left = CALLS;
  let lost = 0;
  const lane = async () => {
    while (left > 0) {
      const number = left--;
      try {
        assert.equal(await call(number), String(number));
      } catch (error) {
        if (!['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(error.code)) throw error;
        lost += 1;
      }
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const time = ((performance.now() - start) / CALLS) * 1e6;
  return { ...(await count(server)), lost, time };
}

/** Returns the connections since the last count. */
async function count(server) {
  server.send('count');
  const [counted] = await once(server, 'message');
  return counted;
}

// The idle connections of the pools would keep the process alive, so it exits explicitly.
measure().then((rows) => process.send(rows, () => process.exit()));
