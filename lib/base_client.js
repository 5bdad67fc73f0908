'use strict';

// Makes requests to one service of an instance.

Object.defineProperty(exports, '__esModule', { value: true });

const { inputErrorOf } = require('./failure');
const { hide } = require('./hidden');
const native = require('./native');
const { packHeaders } = require('./headers');
const { queryString } = require('./query');
const { authorityOf, formatted, parsed } = require('./target');
const { expect, takeTicket } = require('./transport');

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
  if (service.native === undefined) {
    const whole = this.sanitizePath(service.path + path);
    return requestOddly(formatted(this.host, this.port, whole), options, headers);
  }
  return request(service, path, '', options, headers);
};

/** @param {string} path */
BaseClient.prototype.sanitizePath = function (path) {
  // What is no string fails here, as in the original.
  return native.cleanPath(path.replace('', ''));
};

/**
 * @param {{ handle: number }} service
 * @param {string} path
 * @param {string} before what the query string begins with
 * @param {any} options
 * @param {any} headers
 */
function request(service, path, before, options, headers) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(options.body);
    const method = options.method || 'GET';
    const query = queryString(options.qs, options.useQuerystring) || before;
    const call = { resolve, reject, method, headers };
    const { packed, count } = packInput(call);
    const { queue, ticket } = takeTicket();
    native.send(queue, service.handle, ticket, method, path, query, packed, count, body);
    expect(ticket, call);
  });
}

// To a host or a port that is not ordinary.
/** @param {string} url @param {any} options @param {any} headers */
async function requestOddly(url, options, headers) {
  const { authority, path, query, authorization } = parsed(url);
  if (authorization && !Object.keys(headers).some((name) => /^authorization$/i.test(name))) {
    headers.authorization = authorization;
  }
  return request(new native.BaseClient(authority, ''), path, query, options, headers);
}

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
 * The packed headers of a call, or the error of the running Node where they or the method cannot be sent.
 * @param {{ method: any, headers: any }} call
 */
function packInput(call) {
  try {
    if (typeof call.method === 'string') {
      return packHeaders(call.headers);
    }
  } catch (error) {
    throw inputErrorOf(call) || error;
  }
  throw inputErrorOf(call);
}

/**
 * The native client for what the properties say now, which may be changed, as in the original; none where host or port
 * is not ordinary.
 * @param {any} client
 * @returns {{ native: import('../binding').BaseClient | undefined, handle: number, path: string }}
 */
function serviceOf(client) {
  const { host, port, serviceName, serviceVersion, instanceId } = client;
  const made = client[NATIVE] || {};
  if (
    made.path === undefined ||
    made.host !== host ||
    made.port !== port ||
    made.serviceName !== serviceName ||
    made.serviceVersion !== serviceVersion ||
    made.instanceId !== instanceId
  ) {
    // biome-ignore lint/style/useTemplate: a template would convert them in another way
    const path = 'services/' + serviceName + '/' + serviceVersion + '/' + instanceId + '/';
    const authority = authorityOf(host, port);
    Object.assign(made, { host, port, serviceName, serviceVersion, instanceId, path });
    made.native = authority && new native.BaseClient(authority, path);
    made.handle = made.native?.handle;
  }
  return made;
}

exports.default = BaseClient;
