'use strict';

// Holds the order in which claims are read and written to the original's. It has a file, and so a process, of its own: V8 spreads
// symbols in another order only as long as it has seen few shapes of objects.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { IDENTITY } = require('../support/local');
const { original, ours } = require('../support/packages');

/** Returns the message of the error that is thrown for claims with the given property descriptors. */
function thrownBy({ Instance, SDKInfo }, descriptors) {
  const sdkInfo = new SDKInfo({ productName: 'order', version: '1' });
  const service = { serviceName: 'order', serviceVersion: 'v1', sdkInfo };
  const instance = new Instance({ ...IDENTITY, ...service });
  const serviceClaims = Object.defineProperties({}, descriptors);
  try {
    instance.generateAccessToken({ serviceClaims });
  } catch (error) {
    return error.message;
  }
}

/** Returns the descriptor of a claim that throws `message` when it is read. */
function throwing(message) {
  const get = () => {
    throw new Error(message);
  };
  return { get, enumerable: true };
}

test('of several claims that throw, the one that the original reads first is thrown', () => {
  const descriptors = { [Symbol('first')]: throwing('first'), second: throwing('second') };
  const theirs = thrownBy(original, descriptors);
  assert.equal(theirs, 'second');
  assert.equal(thrownBy(ours, descriptors), theirs);
});

test('a claim that the original cannot write is reported before the next is read', () => {
  // Writing the claim `__proto__` sets the prototype of the merged claims, which then refuses the claim `room`.
  const descriptors = {
    ['__proto__']: { value: Object.freeze({ room: 1 }), enumerable: true },
    room: { value: 2, enumerable: true },
    last: throwing('last'),
  };
  const theirs = thrownBy(original, descriptors);
  assert.match(theirs, /read only property 'room'/);
  assert.equal(thrownBy(ours, descriptors), theirs);
});
