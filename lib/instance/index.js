'use strict';

// The parts of an instance's locator and key, and the properties that its objects do not show.
// Issuing tokens belongs in ../token/, and sending requests in ../request/.
// The files here import from ../binding/, and from no other folder.

const native = require('../binding/index.js');

// `findColons` returns three positions as one number, with this base.
const WIDTH = 2 ** 16;

/**
 * The parts of a locator and of a key, and the number of the native authenticator that was made from them, or -1.
 * @typedef {object} Parts
 * @property {string | undefined} locator
 * @property {string | undefined} key
 * @property {string} platformVersion
 * @property {string} cluster
 * @property {string} instanceId
 * @property {string} instanceKeyId
 * @property {string} instanceKeySecret
 * @property {number} number
 */

// A program may take the class away. Nothing is kept then.
const Weak = typeof WeakRef === 'function' ? WeakRef : undefined;

/**
 * The parts that were found last. Servers that create an instance in each request handler create all of them from one locator and
 * one key. Only instances keep the parts, so that the secret goes with them.
 * @type {WeakRef<Parts> | undefined}
 */
let last;

/**
 * Returns the parts of an instance's locator and key. Ordinary options are split here, once Rust has found them valid.
 * @param {any} options
 * @returns {Parts}
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
    return partsFrom(undefined, undefined, native.checkInstance(locator ? Object(options) : {}));
  }
  const known = last?.deref();
  if (known !== undefined && locator === known.locator && key === known.key) {
    return known;
  }
  const colons = native.findColons(locator, key);
  if (colons === 0) {
    return partsFrom(undefined, undefined, native.checkInstance(Object(options)));
  }
  const parts = partsFrom(locator, key, cut(locator, key, colons));
  last = Weak && new Weak(parts);
  return parts;
};

/**
 * @param {string | undefined} locator
 * @param {string | undefined} key
 * @param {string[]} parts
 * @returns {Parts}
 */
function partsFrom(locator, key, parts) {
  const [platformVersion, cluster, instanceId, instanceKeyId, instanceKeySecret] = parts;
  return {
    locator,
    key,
    platformVersion,
    cluster,
    instanceId,
    instanceKeyId,
    instanceKeySecret,
    number: -1,
  };
}

/** @param {string} locator @param {string} key @param {number} colons */
function cut(locator, key, colons) {
  const first = colons % WIDTH;
  const second = Math.floor(colons / WIDTH) % WIDTH;
  const third = Math.floor(colons / (WIDTH * WIDTH));
  return [
    locator.slice(0, first),
    locator.slice(first + 1, second),
    locator.slice(second + 1),
    copyOf(key.slice(0, third)),
    key.slice(third + 1),
  ];
}

/**
 * Returns a string that is equal to a part of another one. V8 keeps the whole string that a part was sliced from, and the id of a
 * key, which a program may keep, must not keep its secret.
 * @param {string} part
 * @returns {string}
 */
function copyOf(part) {
  // A program may have replaced the functions of JSON.
  return Buffer.from(part, 'utf16le').toString('utf16le');
}
