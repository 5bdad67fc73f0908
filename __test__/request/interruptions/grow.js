'use strict';

// Fills each table of the addon by many entries or by large ones, and checks that memory levels off. Needs `--expose-gc`.

const assert = require('assert');

const { call, instanceOf, internal, run } = require('./calls');

const MIB = 2 ** 20;
// The tables are full after the first entries. Without a bound, the others would take several times the growth that is allowed.
const FULL = 20;
const MORE = Number(process.argv[2]) || 40;
const GROWTH = 24 * MIB;
const SMALL = 40_000;

const report = {};
const large = 'x'.repeat(MIB);
const native = internal('binding');
const secret = Buffer.alloc(MIB);
const shared = Buffer.alloc(32, 1);

/** Returns the same Buffer with other bytes, since the memory of many would not be given back at once. */
const filled = (index) => secret.fill(`${index}.`);

/** What is added to a table, by the number of the entry. */
const LARGE = {
  'a secret': (index) => native.authenticator('id', 'key', `${large}${index}`),
  'a secret in a Buffer': (index) => native.authenticator('id', 'key', filled(index)),
  'the id of an instance': (index) => native.authenticator(`${large}${index}`, 'key', 'secret'),
  'the id of a key': (index) => native.authenticator('id', `${large}${index}`, 'secret'),
  'the path of a service': (index) => native.baseClient('localhost', `${large}${index}`),
  'a trust store': (index) => native.baseClient('localhost', 'path', `${large}${index}`),
};

function usage() {
  global.gc();
  return process.memoryUsage().rss;
}

/** Adds entries, and checks how much memory they take after the first of them. */
function fills(name, add, first, more) {
  for (let index = 0; index < first; index += 1) add(index);
  const before = usage();
  for (let index = first; index < first + more; index += 1) add(index);
  const growth = usage() - before;
  report[name] = Math.round(growth / MIB);
  return growth;
}

async function main() {
  for (const name of Object.keys(LARGE)) {
    assert.ok(fills(name, LARGE[name], FULL, MORE) < GROWTH, `${name}: ${report[name]} MiB`);
  }
  // Node 14 and 16 keep references to an object until the object is collected.
  const growth = fills(
    'authenticators of one Buffer',
    (index) => native.authenticator(`${index}`, 'key', shared),
    SMALL,
    3 * SMALL,
  );
  assert.ok(growth < GROWTH / 2, `Authenticators of one Buffer: ${growth / MIB} MiB`);
  // An authenticator that was dropped is made again from its parts.
  const instances = [1, 2].map((index) => instanceOf({ key: `id:${large}${index}` }));
  const tokens = () =>
    instances.map((each) => each.generateAccessToken({ tokenExpiry: 9e9 }).token);
  const now = Date.now();
  Date.now = () => now;
  const expected = tokens();
  for (let index = 0; index < FULL; index += 1) LARGE['a secret'](index);
  assert.deepStrictEqual(tokens(), expected);
  // So is a client.
  const instance = instanceOf();
  await call((path) => instance.request({ path }));
  for (let index = 0; index < FULL; index += 1) LARGE['the path of a service'](index);
  await call((path) => instance.request({ path }));
}

run(main, report);
