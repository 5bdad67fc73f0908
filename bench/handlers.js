'use strict';

// Measures, with autocannon, the requests per second of an HTTP server that creates an instance for each request: ours against
// the original.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const autocannon = require('autocannon');

const { interleave } = require('./measure');

const ROUNDS = 3;
const SUBJECTS = { ours: path.join(__dirname, '..'), 'the original': 'platform-node-original' };

/** @returns {Promise<import('./measure').Row[]>} */
async function measure() {
  const servers = await Promise.all(Object.values(SUBJECTS).map(start));
  const blocks = Object.keys(SUBJECTS).map((name, index) => [name, () => load(servers[index])]);
  const { ours, 'the original': theirs } = await interleave(Object.fromEntries(blocks), ROUNDS);
  for (const { server } of servers) server.disconnect();
  return [
    {
      what: 'an HTTP server with an instance a request',
      against: 'the original',
      ratio: ours.rate / theirs.rate,
      target: { atLeast: 1 },
      ours: `${ours.rate.toFixed(0)}/s`,
      theirs: `${theirs.rate.toFixed(0)}/s`,
    },
  ];
}

async function start(subject) {
  const server = fork(path.join(__dirname, 'handler.js'), [subject]);
  const [port] = await once(server, 'message');
  const started = { server, url: `http://127.0.0.1:${port}` };
  // This warms the server up, so that V8 has optimized the code before the measurement.
  await load(started);
  return started;
}

async function load({ url }) {
  const { requests, errors, non2xx } = await autocannon({ url, connections: 64, duration: 2 });
  if (errors + non2xx > 0) throw new Error(`${errors + non2xx} requests failed`);
  return { rate: requests.average };
}

measure().then((rows) => process.send(rows, () => process.exit()));
