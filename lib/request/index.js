'use strict';

// Requests: turns the options of a call into a request, sends it, and makes the response or the error that the caller sees.
// Three steps: ./choice decides between the native transport and Node's own client, ./transport sends natively or ./exchange through
// ./node_http, and ./conclude settles the call. Redirects, retries, proxies and connections belong in src/request/.
// The files here import from ../binding/ and ../instance/, ErrorResponse from ../common, and from ../text.

const { reasonForNode } = require('./choice.js');
const { run } = require('./exchange.js');
const { inputErrorOf } = require('./failure.js');
const { packHeaders, requestHeaders } = require('./headers.js');
const { LIMITS, made } = require('../instance/hidden.js');
const native = require('../binding/index.js');
const {
  checkAddress,
  checkSignal,
  checkToken,
  given,
  limitsOf,
  noPath,
  reasonOf,
} = require('./options.js');
const { authorityOf, formatted, parsed, queryString } = require('./target.js');
const { isTraced, trace } = require('./observers/tracing.js');
const { isWatched } = require('./observers/undici_channels.js');
const { Call, abortOn, drop, openQueue, register, settings, withdraw } = require('./transport.js');
const { plainRoots } = require('./trust.js');

// Promises are made by the class that is there when the package is loaded. A program may replace it by one that has less.
const OwnPromise = Promise;

const NONE = { limits: undefined, ca: undefined };

/** @param {any} client @param {any} options */
exports.request = (client, options) =>
  // A call without options cannot be reported to observers. It fails as it does without observers.
  isTraced() && options !== undefined && options !== null
    ? trace(options, targetOf(client, options), (record) => requestOf(client, options, record))
    : requestOf(client, options, undefined);

/** Sends a request, and tells an object with the methods of `Record` in observers/tracing.js about it. */
exports.observed = requestOf;

/** @param {any} client @param {any} options @param {any} record */
function requestOf(client, options, record) {
  const headers = requestHeaders(client.sdkInfo.headers, options);
  record?.addTo(headers);
  // An object that only has the methods of a client has no such property.
  const defaults = client[LIMITS] || NONE;
  const service = serviceOf(client, defaults.ca);
  const named = options.path;
  // Concatenated as in the original: a template literal would convert some objects in another way.
  // biome-ignore lint/style/useTemplate: a template would convert it in another way
  const path = '' + named;
  const call = new Call(options.method || 'GET', headers);
  call.record = record;
  call.leaveToNode = leaveToNode;
  if (named === undefined || named === null) {
    return OwnPromise.reject(noPath(named));
  }
  if (service.authority === undefined) {
    const { host, port } = client;
    const whole = client.sanitizePath(service.path + path);
    const url = formatted(host, port, whole);
    return sendToUnusualHost([host, port], url, options, call, defaults);
  }
  return send(service, path, '', options, call, defaults.limits);
}

/**
 * Sends a request, and returns a promise of its response.
 * @param {Service} service
 * @param {string} path
 * @param {string} before the query string to send if the options have none
 * @param {any} options
 * @param {any} call
 * @param {any} limits the limits that apply if the options have none
 */
function send(service, path, before, options, call, limits) {
  return new OwnPromise((resolve, reject) => {
    call.resolve = resolve;
    call.reject = reject;
    const signal = given(options.signal, 'signal');
    if (signal !== undefined && signal !== null) {
      checkSignal(signal);
      if (signal.aborted) {
        throw reasonOf(signal);
      }
    }
    checkToken(call.headers.Authorization);
    const within = limitsOf(options, limits);
    const body = textOf(JSON.stringify(options.body));
    const query = queryString(options.qs, options.useQuerystring) || before;
    const { packed, count } = packInput(call);
    const queue = openQueue();
    const { method } = call;
    call.input = {
      service,
      path,
      query,
      packed,
      count,
      body,
      within,
      signal,
      settings: settings(),
    };
    const reason = reasonForNode() || reasonOfLength(call.input);
    if (reason !== undefined || service.isUnusual || isWatched()) {
      call.record?.goesToNode(reason);
      run(call, numberOf(service), reason !== undefined, 0, 0);
      return;
    }
    // Returns false if the environment has dropped the native client in the meantime.
    const submit = () => {
      const { number } = service;
      let isSent = false;
      const ticket = register(call);
      try {
        isSent = native.send(
          queue,
          number,
          ticket,
          method,
          path,
          query,
          packed,
          count,
          body,
          within,
        );
      } finally {
        if (!isSent) {
          withdraw(ticket);
        }
      }
      return isSent;
    };
    try {
      if (signal !== undefined && signal !== null) {
        // This is the last of the caller's objects to be read, so that nothing of the caller's runs from here on.
        abortOn(call, signal);
      }
      if (!call.isSettled && !submit()) {
        service.number = numberOf(service);
        submit();
      }
    } catch (error) {
      drop(call);
      throw error;
    }
  });
}

/**
 * Returns why a long call goes through Node's own client, or undefined if it is not long. Its parts are not looked at: the work with
 * them would hold up the thread on which all native calls run.
 * @param {{ service: Service, path: string, query: string, packed: string, body: string | undefined }} input
 */
function reasonOfLength({ service, path, query, packed, body = '' }) {
  const head = service.path.length + path.length + query.length + packed.length;
  return head + body.length > native.LONGEST_REQUEST
    ? "the request is long, and only Node's client receives a response to a part of it"
    : undefined;
}

/**
 * Returns the text of a body that was written as JSON. A program may have replaced `JSON.stringify` by a function that returns
 * something else. What has no text is refused in the words of the original's HTTP library.
 * @param {any} json
 * @returns {string | undefined}
 */
function textOf(json) {
  if (typeof json === 'string' || json === undefined) {
    return json;
  }
  if (json instanceof String || json instanceof Uint8Array) {
    return Buffer.from(/** @type {any} */ (json)).toString();
  }
  if (json) {
    throw new Error('Argument error, options.body.');
  }
  return undefined;
}

/**
 * Makes a call through Node's own client, after the native transport has left it to that client.
 * @this {any} the call
 * @param {number} attempts
 * @param {number} elapsed
 * @param {string} reason
 */
function leaveToNode(attempts, elapsed, reason) {
  this.record?.goesToNode(reason);
  run(this, numberOf(this.input.service), true, attempts, elapsed);
}

/**
 * Sends a request to a host or a port that is not ordinary. Node's legacy URL functions say what the original makes of them.
 * @param {[host: any, port: any]} address
 * @param {string} url
 * @param {any} options
 * @param {any} call
 * @param {any} defaults the limits and the certificates of the client
 */
async function sendToUnusualHost(address, url, options, call, defaults) {
  checkAddress(...address);
  const { authority, path, query, authorization } = parsed(url);
  const { headers } = call;
  if (authorization && !Object.keys(headers).some((name) => /^authorization$/i.test(name))) {
    headers.authorization = authorization;
  }
  const service = { authority, path: '', ca: defaults.ca, isUnusual: true, number: -1 };
  return send(service, path, query, options, call, defaults.limits);
}

/**
 * Returns the origin and the path of a request for observers, or undefined if the request cannot be sent.
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
    // The request itself fails with the reason.
    return undefined;
  }
}

/**
 * Returns the packed headers of a call. Throws the error of the running Node if the headers or the method cannot be sent.
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
 * A service that requests go to.
 * @typedef {object} Service
 * @property {string | undefined} authority host and port, or undefined if one of them is not ordinary
 * @property {string} path the start of the path of each request
 * @property {string | undefined} ca
 * @property {boolean} [isUnusual] whether its host or port is not ordinary, so that Node's client sends the requests
 * @property {number} number the number of its native client
 */

/**
 * Returns the service for the current properties of a client, which may be changed, as in the original.
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
  const roots = ca === undefined ? ca : plainRoots(ca);
  return native.baseClient(/** @type {string} */ (authority), path, roots);
}
