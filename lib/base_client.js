'use strict';

// Makes requests to one service of an instance.

Object.defineProperty(exports, '__esModule', { value: true });

const { hide } = require('./hidden');
const native = require('./native');
const { packHeaders } = require('./headers');
const { queryString } = require('./query');
const { locate } = require('./target');
const { send } = require('./transport');

const NATIVE = Symbol('native');

/** @this {any} @param {any} options */
function BaseClient(options) {
  this.host = options.host;
  this.port = options.port;
  this.serviceName = options.serviceName;
  this.serviceVersion = options.serviceVersion;
  this.instanceId = options.instanceId;
  this.sdkInfo = options.sdkInfo;
  hide(this, NATIVE, {});
}

/** @param {any} options */
BaseClient.prototype.request = function (options) {
  const headers = requestHeaders(this.sdkInfo.headers, options);
  const service = serviceOf(this);
  // Concatenated as the original does, which a Symbol or an odd object can see.
  // biome-ignore lint/style/useTemplate: a template would convert it in another way
  const path = '' + options.path;
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(options.body);
    const method = options.method || 'GET';
    const query = queryString(options.qs, options.useQuerystring);
    const { packed, count } = packHeaders(headers);
    send({ resolve, reject, method, headers }, (queue, ticket) => {
      service.send(queue, ticket, method, path, query, packed, count, body);
    });
  });
};

/** @param {string} path */
BaseClient.prototype.sanitizePath = function (path) {
  // What is no string fails here, as in the original.
  return native.cleanPath(path.replace('', ''));
};

/**
 * The headers of one call. The original writes them into those of the SDK, so that later calls send them too.
 * @param {any} sdkHeaders
 * @param {any} options
 */
function requestHeaders(sdkHeaders, options) {
  const headers = Object.assign({}, sdkHeaders);
  if (options.headers) {
    for (const name in options.headers) {
      headers[name] = options.headers[name];
    }
  }
  if (options.jwt) {
    // biome-ignore lint/style/useTemplate: a template would convert it in another way
    headers.Authorization = 'Bearer ' + options.jwt;
  }
  return headers;
}

/**
 * The native client for what the properties say now: they may be changed, as in the original.
 * @param {any} client
 * @returns {import('../binding').BaseClient}
 */
function serviceOf(client) {
  const { host, port, serviceName, serviceVersion, instanceId } = client;
  const made = client[NATIVE] || {};
  if (
    made.native === undefined ||
    made.host !== host ||
    made.port !== port ||
    made.serviceName !== serviceName ||
    made.serviceVersion !== serviceVersion ||
    made.instanceId !== instanceId
  ) {
    // biome-ignore lint/style/useTemplate: a template would convert them in another way
    const path = 'services/' + serviceName + '/' + serviceVersion + '/' + instanceId + '/';
    made.native = new native.BaseClient(locate(host, port), path);
    Object.assign(made, { host, port, serviceName, serviceVersion, instanceId });
  }
  return made.native;
}

exports.default = BaseClient;
