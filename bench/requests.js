'use strict';

// Measures requests over TLS: rates, main-thread time and CPU time, ours against the original, undici and impit.

const assert = require('node:assert/strict');
const { performance } = require('node:perf_hooks');

const { Impit } = require('impit');
const { Pool } = require('undici');

const original = require('platform-node-original');
const ours = require('..');
const { instanceOptions } = require('./instance');
const { reasonForNode } = require('../lib/request/choice');
const { isWatched } = require('../lib/request/observers/undici_channels');
const { isTraced } = require('../lib/request/observers/tracing');
const { blockOf: blockOfCalls, duration, interleave } = require('./measure');
const { SMALL_ANSWER, largeValue } = require('./server');

const ROUNDS = 40;
// The approximate duration of a contender's turn, in milliseconds.
const TURN = 100;
const CONNECTIONS = 64;

const [host, port, prefix] = process.argv.slice(2);
const origin = `https://${host}:${port}`;
const clients = makeClients();

/** @returns {Promise<import('./measure').Row[]>} */
async function measure() {
  return [
    ...(await manyAtOnce()),
    ...(await oneAtATime()),
    ...(await large()),
    ...(await growth()),
    await unwatched(),
    await watched(),
  ];
}

/** Returns, for each contender, functions that send a request and return the text of its response. */
function makeClients() {
  const by = (surface) => {
    const instance = new surface.Instance(instanceOptions(surface, { host, port: Number(port) }));
    const jwt = tokenOf(instance);
    return {
      get: async (path) => (await instance.request({ method: 'GET', path, jwt })).body,
      post: async (path, value) =>
        (await instance.request({ method: 'POST', path, jwt, body: value })).body,
    };
  };
  // The other clients send the same headers as the SDK.
  const headers = {
    ...instanceOptions(original).sdkInfo.headers,
    Authorization: `Bearer ${tokenOf(new original.Instance(instanceOptions(original)))}`,
  };
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const impit = new Impit();
  return {
    ours: by(ours),
    'the original': by(original),
    undici: {
      get: async (path) =>
        (await pool.request({ method: 'GET', path: prefix + path, headers })).body.text(),
      post: async (path, value) => {
        const options = {
          method: 'POST',
          path: prefix + path,
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(value),
        };
        return (await pool.request(options)).body.text();
      },
    },
    impit: {
      get: async (path) => (await impit.fetch(`${origin}${prefix}${path}`, { headers })).text(),
    },
  };
}

function tokenOf(instance) {
  return instance.generateAccessToken({ su: true }).token;
}

async function manyAtOnce() {
  const calls = callsOf(['ours', 'the original', 'undici', 'impit'], get('small'));
  const results = await compare(calls, CONNECTIONS);
  const what = `requests per second, ${CONNECTIONS} at once`;
  return [
    ...['the original', 'undici', 'impit'].map((against, index) =>
      rateRow(what, against, { atLeast: [4.5, 1.2, 3][index] }, results),
    ),
    ...['the original', 'undici'].map((against, index) => {
      const target = { atLeast: [15, 3][index] };
      const [mine, its] = [results.ours.active, results[against].active];
      return timeRow('main-thread time per request, same run', against, target, mine, its);
    }),
    timeRow(
      'process CPU per request, same run',
      'undici',
      { atMost: 0.85 },
      results.ours.cpu,
      results.undici.cpu,
    ),
  ];
}

async function oneAtATime() {
  const calls = callsOf(['ours', 'the original', 'undici'], get('small'));
  const results = await compare(calls, 1);
  return [
    rateRow('one request at a time', 'the original', { atLeast: 1.5 }, results),
    rateRow('one request at a time', 'undici', { atLeast: 0.85 }, results),
  ];
}

async function large() {
  const value = largeValue();
  const answer = JSON.stringify(value);
  const received = await compare(
    callsOf(['ours', 'undici'], async ({ get }) => assert.ok((await get('large')) === answer)),
    1,
  );
  const sent = await compare(
    callsOf(['ours', 'undici'], async ({ post }) =>
      assert.equal(await post('sink', value), SMALL_ANSWER),
    ),
    1,
  );
  const target = { atLeast: 0.8 };
  return [
    rateRow('a 10 MB JSON response', 'undici', target, received),
    rateRow('a 10 MB body sent', 'undici', target, sent),
  ];
}

/** Measures main-thread time when many requests share a wake-up of the event loop, against a wake-up for each request. */
async function growth() {
  const call = callsOf(['ours'], get('small')).ours;
  const results = await interleave(
    { one: await blockOf(call, 1), thousand: await blockOf(call, 1000) },
    ROUNDS / 2,
  );
  const [mine, its] = [results.thousand.active, results.one.active];
  const what = 'main-thread time per request, 1000 at once';
  return [timeRow(what, 'itself, 1 at once', { atMost: 1 }, mine, its)];
}

/** Measures the time of the checks for observers, when there are none, as a fraction of a request's main-thread time. */
async function unwatched() {
  const make = () => true;
  const look = () => !isTraced() && !isWatched() && reasonForNode() === undefined;
  const blocks = { with: blockOfCalls(look), without: blockOfCalls(make) };
  const results = await interleave(blocks, ROUNDS);
  const one = await compare(callsOf(['ours'], get('small')), CONNECTIONS);
  const [mine, its] = [results.with.time - results.without.time, one.ours.active];
  const what = 'channels, interceptors and NODE_DEBUG, nobody looking on';
  return timeRow(what, "a request's main-thread time", { atMost: 0.01 }, mine, its);
}

/** Measures both packages under OpenTelemetry. This must come last, since the instrumentation stays active. */
async function watched() {
  const { registerInstrumentations } = require('@opentelemetry/instrumentation');
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
  const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
  const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
  new NodeTracerProvider().register();
  registerInstrumentations({
    instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
  });
  // OpenTelemetry instruments the module when it is loaded.
  require('node:https');
  const results = await compare(callsOf(['ours', 'the original'], get('small')), CONNECTIONS);
  const [mine, its] = [results.ours.active, results['the original'].active];
  const what = 'main-thread time per request, OpenTelemetry listening';
  return timeRow(what, 'the original', { atLeast: 1.5 }, mine, its);
}

const get = (path) => async (client) => assert.equal(await client.get(path), SMALL_ANSWER);

function callsOf(names, call) {
  return Object.fromEntries(names.map((name) => [name, () => call(clients[name])]));
}

async function compare(calls, concurrency) {
  const blocks = {};
  for (const name of Object.keys(calls)) blocks[name] = await blockOf(calls[name], concurrency);
  return interleave(blocks, ROUNDS);
}

/** Returns a block of calls that takes about one turn, after opening connections and warming V8 up. */
async function blockOf(call, concurrency) {
  let count = concurrency * 2;
  for (let again = 0; again < 4; again++) {
    const { time } = await run(call, concurrency, count);
    count = Math.max(concurrency, Math.ceil((TURN * 1e6) / time));
  }
  return () => run(call, concurrency, count);
}

/** Returns nanoseconds per request: elapsed time, busy time of the main thread's event loop, and CPU time of all threads. */
async function run(call, concurrency, count) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const time = performance.now() - start;
  const { active } = performance.eventLoopUtilization(loop);
  const { user, system } = process.cpuUsage(cpu);
  return {
    time: (time / count) * 1e6,
    active: (active / count) * 1e6,
    cpu: ((user + system) / count) * 1e3,
  };
}

function rateRow(what, against, target, results) {
  const [mine, its] = [results.ours.time, results[against].time];
  const rate = (time) => `${(1e9 / time).toFixed(1e9 / time < 1e3 ? 1 : 0)}/s`;
  return { what, against, ratio: its / mine, target, ours: rate(mine), theirs: rate(its) };
}

function timeRow(what, against, target, mine, its) {
  const ratio = target.atMost ? mine / its : its / mine;
  return { what, against, ratio, target, ours: duration(mine), theirs: duration(its) };
}

// The idle connections of the pools would keep the process alive, so it exits explicitly.
measure().then((rows) => process.send(rows, () => process.exit()));
