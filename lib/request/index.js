'use strict';

// Requests: turns the options of a call into a request, sends it, and makes the response or the error that the caller sees.
// Redirects, retries, proxies and connections belong in src/request/, trust stores in ../trust/.
// The files here import from ../binding/, ../instance/ and ../trust/, and ErrorResponse from ../common.
//
// This file is loaded by the first request, since most of what it needs is needed by requests alone.

const { isStepwise, run } = require('./exchange');
const { inputErrorOf } = require('./failure');
const { packHeaders } = require('./headers');
const { LIMITS, made } = require('../instance/hidden');
const { usesNodeHttp } = require('./node_http/interceptors');
const native = require('../binding');
const { checkSignal, limitsOf, reasonOf } = require('./options');
const { denial, isNetDenied } = require('./permission');
const { queryString } = require('./query');
const { authorityOf, formatted, parsed } = require('./target');
const { isTraced, trace } = require('./observers/tracing');
const { expect, takeTicket } = require('./transport');

const NONE = { limits: undefined, ca: undefined };

/** @param {any} client @param {any} options */
exports.request = (client, options) =>
  // Nothing can be told of a call without options: it fails as it does with nobody looking.
  isTraced() && options !== undefined && options !== null
    ? trace(options, targetOf(client, options), (record) => requestOf(client, options, record))
    : requestOf(client, options, undefined);

/** @param {any} client @param {any} options @param {any} record */
function requestOf(client, options, record) {
  const headers = requestHeaders(client.sdkInfo.headers, options);
  record?.addTo(headers);
  // An object that only has the methods of a client has none.
  const given = client[LIMITS] || NONE;
  const service = serviceOf(client, given.ca);
  // Concatenated as the original does, which a Symbol or an odd object can see.
  // biome-ignore lint/style/useTemplate: a template would convert it in another way
  const path = '' + options.path;
  const call = { method: options.method || 'GET', headers, record };
  if (service.authority === undefined) {
    const whole = client.sanitizePath(service.path + path);
    return sendOddly(formatted(client.host, client.port, whole), options, call, given);
  }
  return send(service, path, '', options, call, given.limits);
}

/**
 * @param {Service} service
 * @param {string} path
 * @param {string} before what the query string begins with
 * @param {any} options
 * @param {any} call
 * @param {any} limits where the options say nothing of them
 */
function send(service, path, before, options, call, limits) {
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
    if (isNetDenied() && !usesNodeHttp()) {
      denial(/** @type {string} */ (service.authority)).catch(reject);
      return;
    }
    const { queue, ticket } = takeTicket();
    const { method } = call;
    if (isStepwise()) {
      const input = [queue, numberOf(service), method, path, query, packed, count, body, within];
      run(input, call, service.ca);
      return;
    }
    const sendTo = (/** @type {number} */ number) =>
      native.send(queue, number, ticket, method, path, query, packed, count, body, within);
    // The environment may have dropped its native client since.
    if (!sendTo(service.number)) {
      service.number = numberOf(service);
      sendTo(service.number);
    }
    expect(ticket, call);
  });
}

// To a host or a port that is not ordinary.
/** @param {string} url @param {any} options @param {any} call @param {any} given */
async function sendOddly(url, options, call, given) {
  const { authority, path, query, authorization } = parsed(url);
  const { headers } = call;
  if (!Object.keys(headers).some((name) => /^host$/i.test(name))) {
    // Of what a name may not have, Node complains where it makes this header of it.
    require('http').validateHeaderValue('host', authority);
  }
  if (authorization && !Object.keys(headers).some((name) => /^authorization$/i.test(name))) {
    headers.authorization = authorization;
  }
  const service = { authority, path: '', ca: given.ca, number: -1 };
  return send(service, path, query, options, call, given.limits);
}

/**
 * Where a request goes, for those who look on; nothing where it goes nowhere.
 * @param {any} client
 * @param {any} options
 * @returns {[origin: string, path: string] | undefined}
 */
function targetOf(client, options) {
  try {
    const service = serviceOf(client, (client[LIMITS] || NONE).ca);
    if (service.authority !== undefined) {
      return native.target(numberOf(service), `${options.path}`) || undefined;
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
 * @typedef {object} Service
 * @property {string | undefined} authority undefined where host or port is not ordinary
 * @property {string} path
 * @property {string | undefined} ca
 * @property {number} number of its native client
 */

/**
 * The service that a client's properties name now, which may be changed, as in the original.
 * @param {any} client
 * @param {string | undefined} ca
 * @returns {Service}
 */
function serviceOf(client, ca) {
  const { host, port, serviceName, serviceVersion, instanceId } = client;
  const known = made.get(client);
  if (
    known !== undefined &&
    known.host === host &&
    known.port === port &&
    known.serviceName === serviceName &&
    known.serviceVersion === serviceVersion &&
    known.instanceId === instanceId
  ) {
    return known;
  }
  // biome-ignore lint/style/useTemplate: a template would convert them in another way
  const path = 'services/' + serviceName + '/' + serviceVersion + '/' + instanceId + '/';
  const authority = authorityOf(host, port);
  const properties = { host, port, serviceName, serviceVersion, instanceId };
  const service = { ...properties, authority, path, ca, number: -1 };
  if (authority !== undefined) {
    service.number = numberOf(service);
  }
  made.set(client, service);
  return service;
}

/** @param {Service} service */
function numberOf({ authority, path, ca }) {
  return native.baseClient(/** @type {string} */ (authority), path, ca);
}
