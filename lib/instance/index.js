'use strict';

// The parts of an instance's locator and key, and the properties that its objects do not show.
// Issuing tokens belongs in ../token/, and sending requests in ../request/.
// The files here import from ../binding/, and from no other folder.

const native = require('../binding/index.js');

// `findColons` returns three positions as one number, with this base.
const WIDTH = 2 ** 16;

// The parts that were found last. Servers that create an instance in each request handler create all of them from one locator
// and one key.
let last = { locator: '', key: '', parts: /** @type {string[]} */ ([]) };

/**
 * Returns the version of the platform, the cluster, the instance's id, the key's id and the key's secret. Ordinary options are
 * split here, once Rust has found them valid.
 * @param {any} options
 * @returns {string[]}
 */
exports.partsOf = (options) => {
  // Missing options fail here, as in the original. The properties below are the ones that the original reads, in its order.
  const locator = options.locator;
  const isOrdinary =
    typeof locator === 'string' &&
    locator &&
    options.serviceName &&
    options.serviceVersion &&
    (options.client || options.sdkInfo);
  const key = isOrdinary ? options.key : undefined;
  if (typeof key !== 'string') {
    return native.checkInstance(locator ? Object(options) : {});
  }
  if (locator !== last.locator || key !== last.key) {
    const colons = native.findColons(locator, key);
    if (colons === 0) {
      return native.checkInstance(Object(options));
    }
    last = { locator, key, parts: cut(locator, key, colons) };
  }
  return last.parts;
};

/** @param {string} locator @param {string} key @param {number} colons */
function cut(locator, key, colons) {
  const first = colons % WIDTH;
  const second = Math.floor(colons / WIDTH) % WIDTH;
  const third = Math.floor(colons / (WIDTH * WIDTH));
  return [
    locator.slice(0, first),
    locator.slice(first + 1, second),
    locator.slice(second + 1),
    key.slice(0, third),
    key.slice(third + 1),
  ];
}
