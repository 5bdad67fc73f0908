'use strict';

// The parts of an instance's locator and key, and the properties that its objects do not show.
// Issuing tokens belongs in ../token/, and sending requests in ../request/.
// The files here import from ../binding/, and from no other folder.

const native = require('../binding');

// Of a number within what `findColons` gives.
const WIDTH = 2 ** 16;

// What was found last: servers that make an instance in each request handler make them of one locator and one key.
let last = { locator: '', key: '', parts: /** @type {string[]} */ ([]) };

/**
 * Version of the platform, cluster, id, key's id and secret. Ordinary options are cut where Rust has found them good.
 * @param {any} options
 * @returns {string[]}
 */
exports.partsOf = (options) => {
  // No options at all fail here, as in the original. What is read below, and when, is the original's, too.
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
