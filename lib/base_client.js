'use strict';

// Sends requests to one service of an instance.

Object.defineProperty(exports, '__esModule', { value: true });

const { hide, LIMITS, made } = require('./instance/hidden.js');
const native = require('./binding/index.js');
const { caOf, limitsOf, refuseSignal } = require('./request/options.js');

/** @type {((client: any, options: any) => Promise<any>) | undefined} */
let request;

/** @this {any} @param {any} options */
function BaseClient(options) {
  this.host = options.host;
  this.port = options.port;
  this.serviceName = options.serviceName;
  this.serviceVersion = options.serviceVersion;
  this.instanceId = options.instanceId;
  this.sdkInfo = options.sdkInfo;
  refuseSignal(options);
  const limits = limitsOf(options);
  const ca = caOf(options.ca);
  if (limits !== undefined || ca !== undefined) {
    // A hidden property, unlike a private field, also applies to proxies of the client and to objects that inherit from it.
    hide(this, LIMITS, { limits, ca });
  }
  made.add(this);
}

/** @param {any} options */
BaseClient.prototype.request = function (options) {
  // The module is loaded here, so that a program that only issues tokens never loads it.
  if (request === undefined) {
    const { withCaller } = require('./request/caller.js');
    const { request: send } = require('./request/index.js');
    request = (client, options) => withCaller(send(client, options), options);
  }
  return request(this, options);
};

/** @param {string} path */
BaseClient.prototype.sanitizePath = function (path) {
  // A path that is not a string fails here, as in the original.
  return native.cleanPath(path.replace('', ''));
};

exports.default = BaseClient;
