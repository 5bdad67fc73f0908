'use strict';

// Issues the tokens of an instance of the platform, and sends requests to one of its services.

Object.defineProperty(exports, '__esModule', /** @type {any} */ ({ __proto__: null, value: true }));

const Authenticator = require('./authenticator.js').default;
const BaseClient = require('./base_client.js').default;
const { partsOf } = require('./instance/index.js');
const { hide, signerOf } = require('./instance/hidden.js');

const HOST_BASE = 'pusherplatform.io';
const HTTPS_PORT = 443;

/** @this {any} @param {any} options */
function Instance(options) {
  const parts = partsOf(options);
  this.platformVersion = parts.platformVersion;
  this.cluster = parts.cluster;
  this.id = parts.instanceId;
  this.serviceName = options.serviceName;
  this.serviceVersion = options.serviceVersion;
  this.keyId = parts.instanceKeyId;
  hide(this, 'keySecret', parts.instanceKeySecret);
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
      signal: options.signal,
    });
  this.authenticator = new Authenticator(this.id, this.keyId, this.keySecret);
  // All instances of one key share its native authenticator.
  signerOf.set(this.authenticator, parts);
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
