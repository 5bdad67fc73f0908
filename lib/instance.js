'use strict';

// An instance of the platform: its tokens and its requests.

Object.defineProperty(exports, '__esModule', { value: true });

const Authenticator = require('./authenticator').default;
const BaseClient = require('./base_client').default;
const { hide } = require('./hidden');
const native = require('./native');

const HOST_BASE = 'pusherplatform.io';
const HTTPS_PORT = 443;

/** @this {any} @param {any} options */
function Instance(options) {
  // No options at all fail here, as in the original.
  const [platformVersion, cluster, id, keyId, keySecret] = native.checkInstance(
    options.locator ? Object(options) : {},
  );
  this.platformVersion = platformVersion;
  this.cluster = cluster;
  this.id = id;
  this.serviceName = options.serviceName;
  this.serviceVersion = options.serviceVersion;
  this.keyId = keyId;
  hide(this, 'keySecret', keySecret);
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
