'use strict';

// Holds the order in which claims are read to the original's. It has a file, and so a process, of its own: V8 spreads symbols in
// another order only as long as it has seen few shapes of objects.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { IDENTITY } = require('../support/local');
const { original, ours } = require('../support/packages');

/** Returns what is thrown for claims with getters that throw their names: a symbol first, and then a string. */
function thrownBy({ Instance, SDKInfo }) {
  const sdkInfo = new SDKInfo({ productName: 'order', version: '1' });
  const service = { serviceName: 'order', serviceVersion: 'v1', sdkInfo };
  const instance = new Instance({ ...IDENTITY, ...service });
  const serviceClaims = {};
  for (const name of [Symbol('first'), 'second']) {
    const get = () => {
      throw new Error(String(name));
    };
    Object.defineProperty(serviceClaims, name, { get, enumerable: true });
  }
  try {
    instance.generateAccessToken({ serviceClaims });
  } catch (error) {
    return error.message;
  }
}

test('of several claims that throw, the one that the original reads first is thrown', () => {
  const theirs = thrownBy(original);
  assert.equal(theirs, 'second');
  assert.equal(thrownBy(ours), theirs);
});
