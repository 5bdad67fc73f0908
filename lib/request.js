'use strict';

// Makes the requests of clients: what a caller gives becomes what the native transport takes. Loaded by the first one.

const { isStepwise, run } = require('./exchange');
const { inputErrorOf } = require('./failure');
const { packHeaders } = require('./headers');
const { MADE } = require('./hidden');
const native = require('./native');
const { checkSignal, limitsOf, reasonOf } = require('./options');
const { queryString } = require('./query');
const { authorityOf, formatted, parsed } = require('./target');
const { isTraced, trace } = require('./tracing');
const { expect, takeTicket } = require('./transport');

/** @param {any} client @param {any} options */
exports.request = (client, options) =>
  isTraced()
    ? trace(options, targetOf(client, options), (record) => requestOf(client, options, record))
    : requestOf(client, options, undefined);

/** @param {any} client @param {any} options @param {any} record */
function requestOf(client, options, record) {
  const headers = requestHeaders(client.sdkInfo.headers, options);
  record?.addTo(headers);
  // An object that only has the methods of a client has made nothing.
  const made = client[MADE] || {};
  const service = serviceOf(client, made);
  // Concatenated as the original does, which a Symbol or an odd object can see.
  // biome-ignore lint/style/useTemplate: a template would convert it in another way
  const path = '' + options.path;
  const call = { method: options.method || 'GET', headers, record };
  if (service.native === undefined) {
    const whole = client.sanitizePath(service.path + path);
    return sendOddly(formatted(client.host, client.port, whole), options, call, made);
  }
  return send(service, path, '', options, call, made);
}

/**
 * @param {{ handle: number }} service
 * @param {string} path
 * @param {string} before what the query string begins with
 * @param {any} options
 * @param {any} call
 * @param {{ limits: any, ca: any }} made the client's limits, where the options say nothing of them, and whom it trusts
 */
function send(service, path, before, options, call, { limits, ca }) {
  return new Promise((resolve, reject) => {
    call.resolve = resolve;
    call.reject = reject;
    const { signal } = options;
    if (signal !== undefined && signal !== null) {
      checkSignal(signal);
      if (signal.aborted) {
        throw reasonOf(signal);
      }
      call.signal = signal;
    }
    const within = limitsOf(options, limits);
    const body = JSON.stringify(options.body);
    const query = queryString(options.qs, options.useQuerystring) || before;
    const { packed, count } = packInput(call);
    const { queue, ticket } = takeTicket();
    const { handle } = service;
    const { method } = call;
    if (isStepwise()) {
      const input = [queue, handle, method, path, query, packed, count, body, within];
      run(input, call, ca);
      return;
    }
    native.send(queue, handle, ticket, method, path, query, packed, count, body, within);
    expect(ticket, call);
  });
}

// To a host or a port that is not ordinary.
/** @param {string} url @param {any} options @param {any} call @param {any} made */
async function sendOddly(url, options, call, made) {
  const { authority, path, query, authorization } = parsed(url);
  const { headers } = call;
  if (authorization && !Object.keys(headers).some((name) => /^authorization$/i.test(name))) {
    headers.authorization = authorization;
  }
  const service = new native.BaseClient(authority, '', made.ca);
  return send(service, path, query, options, call, made);
}

/**
 * Where a request goes, for those who look on; nothing where it goes nowhere.
 * @param {any} client
 * @param {any} options
 * @returns {[origin: string, path: string] | undefined}
 */
function targetOf(client, options) {
  try {
    const service = serviceOf(client, client[MADE] || {});
    if (service.native !== undefined) {
      return native.target(service.handle, `${options.path}`) || undefined;
    }
    const whole = client.sanitizePath(service.path + options.path);
    const { URL } = require('url');
    const { origin, pathname } = new URL(formatted(client.host, client.port, whole));
    return [origin, pathname];
  } catch {
    // The request will say why.
    return undefined;
  }
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
 * @param {any} made
 * @returns {{ native: import('../binding').BaseClient | undefined, handle: number, path: string }}
 */
function serviceOf(client, made) {
  const { host, port, serviceName, serviceVersion, instanceId } = client;
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
    made.native = authority && new native.BaseClient(authority, path, made.ca);
    made.handle = made.native?.handle;
  }
  return made;
}
