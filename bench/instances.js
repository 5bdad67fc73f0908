'use strict';

// Measures instances that are created, used once and dropped, as in a request handler: nanoseconds, ours against the original.

const { blockOf, duration, interleave } = require('./measure');
const { instanceOptions } = require('./instance');
const original = require('platform-node-original');
const ours = require('..');

const ROUNDS = 300;
const CREDENTIALS = { grant_type: 'client_credentials' };
const SDK = { productName: 'bench', version: '1.0.0' };
const CLAIMS = {
  permissions: Array.from({ length: 40 }, (_, index) => ({
    room: `room-${index}`,
    may: ['read', 'write'],
  })),
  profile: { name: 'A user of the benchmark', teams: [{ id: 1, tags: ['a', 'b'] }] },
};
// The floor is the time of `JSON.stringify` alone, which ours and the original both call once.
const FLOOR = { 'JSON.stringify alone': () => JSON.stringify(CLAIMS) };

/** @returns {Promise<import('./measure').Row[]>} */
async function measure() {
  return [
    ...(await compare('new SDKInfo', { within: 300 }, (surface) => () => new surface.SDKInfo(SDK))),
    ...(await compare('new Instance', { within: 600 }, makeInstance)),
    ...(await compare('SDKInfo, Instance, one token', { atLeast: 2 }, makeToken)),
    ...(await compare('new Chatkit, one user', { atLeast: 1.5 }, makeChatkit)),
    ...(await compare('claims of 2 kB', { atLeast: 3 }, claims, FLOOR)),
  ];
}

function makeInstance(surface) {
  const options = instanceOptions(surface);
  return () => new surface.Instance(options);
}

function makeToken(surface) {
  return () =>
    new surface.Instance(instanceOptions(surface)).authenticate(CREDENTIALS, { userId: 'ham' });
}

function claims(surface) {
  const instance = new surface.Instance(instanceOptions(surface));
  return () => instance.authenticate(CREDENTIALS, { userId: 'ham', serviceClaims: CLAIMS });
}

function makeChatkit(surface) {
  const { locator, key } = instanceOptions(surface);
  const Chatkit = chatkitOver(surface);
  return () => new Chatkit({ instanceLocator: locator, key }).authenticate({ userId: 'ham' });
}

/** Loads the service SDK with `surface` in place of `@pusher/platform-node`. */
function chatkitOver(surface) {
  const Module = require('node:module');
  const load = Module._load;
  Module._load = function (request, ...others) {
    return request === '@pusher/platform-node' ? surface : load.call(this, request, ...others);
  };
  try {
    const entry = require.resolve('@pusher/chatkit-server');
    for (const file of Object.keys(require.cache)) {
      if (file.includes('chatkit-server')) delete require.cache[file];
    }
    return require(entry).default;
  } finally {
    Module._load = load;
  }
}

async function compare(what, target, callOf, floor = {}) {
  const others = { 'the original': callOf(original), ...floor };
  const calls = Object.entries({ ours: callOf(ours), ...others });
  const blocks = Object.fromEntries(calls.map(([name, call]) => [name, blockOf(call)]));
  const results = await interleave(blocks, ROUNDS);
  const mine = results.ours.time;
  return Object.keys(others).map((against) => {
    const its = results[against].time;
    const wanted = against === 'the original' ? target : {};
    const figures = { time: mine, ours: duration(mine), theirs: duration(its) };
    return { what, against, ratio: its / mine, target: wanted, ...figures };
  });
}

measure().then((rows) => process.send(rows));
