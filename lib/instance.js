'use strict';

// An instance of the platform: its tokens and its requests.

Object.defineProperty(exports, '__esModule', { value: true });

const Authenticator = require('./authenticator').default;
const BaseClient = require('./base_client').default;
const { hide } = require('./hidden');
const native = require('./native');

const HOST_BASE = 'pusherplatform.io';
const HTTPS_PORT = 443;
// Of a number within what `findColons` gives.
const WIDTH = 2 ** 16;

// What was found last: servers that make an instance in each request handler make them of one locator and one key.
let last = { locator: '', key: '', parts: /** @type {string[]} */ ([]) };

/** @this {any} @param {any} options */
function Instance(options) {
  const parts = partsOf(options);
  this.platformVersion = parts[0];
  this.cluster = parts[1];
  this.id = parts[2];
  this.serviceName = options.serviceName;
  this.serviceVersion = options.serviceVersion;
  this.keyId = parts[3];
  hide(this, 'keySecret', parts[4]);
  this.client =
    options.client ||
    new BaseClient({
      host: options.host || `${this.cluster}.${HOST_BASE}`,
      instanceId: this.id,
      serviceName: this.serviceName,
      serviceVersion: this.serviceVersion,
      port: options.port || HTTPS_PORT,
      sdkInfo: options.sdkInfo,
      timeout: options.timeout,
      retry: options.retry,
      ca: options.ca,
    });
  this.authenticator = new Authenticator(this.id, this.keyId, this.keySecret);
}

/**
 * Version of the platform, cluster, id, key's id and secret. Ordinary options are cut where Rust has found them good.
 * @param {any} options
 * @returns {string[]}
 */
function partsOf(options) {
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
    key.slice(0, third),
    key.slice(third + 1),
  ];
}

/** @param {any} options */
Instance.prototype.request = function (options) {
  return this.client.request(options);
};

/** @param {any} authenticatePayload @param {any} options */
Instance.prototype.authenticate = function (authenticatePayload, options) {
  return this.authenticator.authenticate(authenticatePayload, options);
};

/** @param {any} authenticatePayload @param {any} options */
Instance.prototype.authenticateWithRefreshToken = function (authenticatePayload, options) {
  return this.authenticator.authenticateWithRefreshToken(authenticatePayload, options);
};

/** @param {any} options */
Instance.prototype.generateAccessToken = function (options) {
  return this.authenticator.generateAccessToken(options);
};

exports.default = Instance;
