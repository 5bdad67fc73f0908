'use strict';

// Performs a call one request at a time, each natively or through Node's own client. The rules of the native transport decide which
// request comes next, and when.

const { listen } = require('./abort.js');
const { failureOf, finalOf } = require('./failure.js');
const { packHeaders } = require('./headers.js');
const native = require('../binding/index.js');
const { responseOf } = require('./response.js');
const { conclude } = require('./conclude.js');
const { LEFT_TO_NODE, leftToNode, openQueue, perform } = require('./transport.js');
const { send } = require('./node_http/index.js');
const { observe } = require('./observers/undici_channels.js');

// Promises are made by the class that is there when the package is loaded. A program may replace it by one that has less.
const OwnPromise = Promise;

/**
 * Work that can be cancelled.
 * @typedef {object} Work
 * @property {Promise<any>} promise
 * @property {() => void} cancel
 */

/**
 * A request of a call, or the failure to make the request.
 * @typedef {object} Step
 * @property {string | null} failure the failure as JSON, in the same form as in an outcome; if it is not null, the other properties are empty
 * @property {string} method in upper case
 * @property {string} origin the scheme, the host and the port
 * @property {string} hostname the host name or address, without the brackets of an IPv6 address
 * @property {number} port the port of the origin, even if it is the default port of the scheme
 * @property {string} path the path with the query
 * @property {string[]} headers each name, in lower case, is followed by its value
 * @property {boolean} isNative whether the request may be sent natively; otherwise Node's own client sends it
 * @property {boolean} isIdempotent whether the request may be sent again if its connection ends before the response
 * @property {boolean} hasBody whether the request has the body of the call; a redirected request may have none
 * @property {string | null} proxy the URL of the proxy through which the request is sent
 * @property {string | null} proxyAuthorization the value of the `Proxy-Authorization` header for the proxy
 */

/** Reads a step that the exchange has written. @param {string} json @returns {Step} */
const stepOf = (json) => JSON.parse(json);

/**
 * Performs a call and settles it.
 * @param {any} call
 * @param {number} client the number of the native client
 * @param {boolean} usesNode whether all requests go through Node's client, or only those that are not sent natively
 * @param {number} attempts the number of attempts that the native transport has made
 * @param {number} elapsed the time that it took for them, in milliseconds
 */
exports.run = (call, client, usesNode, attempts, elapsed) => {
  responseTo(call, client, usesNode, attempts, elapsed)
    .then((response) => conclude(call, response))
    .catch(call.reject);
};

/**
 * @param {any} call
 * @param {number} client
 * @param {boolean} usesNode
 * @param {number} attempts
 * @param {number} elapsed
 */
async function responseTo(call, client, usesNode, attempts, elapsed) {
  const { path, query, packed, count, body, within, signal, settings } = call.input;
  const exchange = new native.Exchange(openQueue(), client, {
    method: call.method,
    path,
    query,
    headers: packed,
    headerCount: count,
    body,
    limits: within,
    proxy: settings.proxy,
    noProxy: settings.noProxy,
    attempts,
    elapsed,
  });
  const cancellation = cancellationOf(exchange, signal);
  try {
    return await lastOf(exchange, call, cancellation, usesNode, attempts);
  } catch (error) {
    // The reason of a signal belongs to the caller.
    throw error === signal?.reason ? error : finalOf(error, call, call.attempts);
  } finally {
    // A response may have arrived at the moment when the call was aborted. `leave` frees its connection.
    exchange.leave();
    cancellation.end();
  }
}

/**
 * Makes attempts until none may follow. Returns the response of the last attempt, or throws its failure.
 * @param {import('../../binding').Exchange} exchange
 * @param {any} call
 * @param {Cancellation} cancellation
 * @param {boolean} usesNode
 * @param {number} attempts
 */
async function lastOf(exchange, call, cancellation, usesNode, attempts) {
  for (let count = attempts + 1; ; count++) {
    call.record?.tried(count);
    call.attempts = count;
    /** @type {any} */
    const result = await attempt(exchange, call, cancellation, usesNode).catch((error) =>
      record({ error }),
    );
    // The reason of a signal is the caller's, and is not looked into.
    const isFinal = 'error' in result && cancellation.hasEnded();
    const delay = isFinal ? null : delayAfter(exchange, result);
    if (delay !== null) {
      // The wait rejects if the call ends first.
      await cancellation.within(
        perform((queue, ticket) => native.wait(queue, ticket, delay), call),
      );
    } else if ('error' in result) {
      throw result.error;
    } else {
      return result.response;
    }
  }
}

/**
 * Returns an object without its inherited properties: a program may have added a property to all objects.
 * @template {object} T
 * @param {T} object
 * @returns {T}
 */
function record(object) {
  return Object.setPrototypeOf(object, null);
}

/**
 * Sends a request, follows its redirects, and returns the last response.
 * @param {import('../../binding').Exchange} exchange
 * @param {any} call
 * @param {Cancellation} cancellation
 * @param {boolean} usesNode
 */
async function attempt(exchange, call, cancellation, usesNode) {
  let step = stepOf(exchange.begin());
  for (;;) {
    if (step.failure !== null) {
      throw failureOf(step.failure, call);
    }
    const { reader, events } = await responseFrom(exchange, step, call, cancellation, usesNode);
    try {
      const { statusCode, headers } = reader.response;
      const next = exchange.follow(statusCode, String(headers.location || ''));
      if (!next) {
        const response = await cancellation.within(reader.read());
        events.ended(response);
        return record({ response });
      }
      // The body of a redirect is not read, since it may never end.
      reader.leave();
      events.ended();
      step = stepOf(next);
    } catch (error) {
      events.failed(error);
      throw error;
    }
  }
}

const nothing = () => {};
// Observers of Node's client see its requests without events from this package.
const noEvents = { added: {}, responded: nothing, ended: nothing, failed: nothing };

/**
 * Sends one request natively, unless it is left to Node's client. To observers, a request that is tried natively before is one.
 * @param {import('../../binding').Exchange} exchange
 * @param {Step} step
 * @param {any} call
 * @param {Cancellation} cancellation
 * @param {boolean} usesNode
 */
async function responseFrom(exchange, step, call, cancellation, usesNode) {
  const { body, service, settings } = call.input;
  /** @type {any} */
  let events = noEvents;
  try {
    let reason = 'the request is not ordinary, or the server was refused natively a while ago';
    if (!usesNode && step.isNative) {
      events = observe(step, body);
      const sent = await cancellation.within(sendNatively(exchange, call, events.added));
      if (sent.reason === undefined) {
        events.responded(sent.reader.response, sent.peer);
        return { reader: sent.reader, events };
      }
      reason = sent.reason;
    }
    if (!usesNode) {
      call.record?.goesToNode(reason);
    }
    const accepts = settings.acceptsInvalidCertificates ? false : undefined;
    const options = { ca: service.ca, rejectUnauthorized: accepts };
    const headers = [...step.headers, ...linesOf(events.added)];
    const reader = await cancellation.within(
      send(record({ ...step, headers }), body, options, call.headers),
    );
    events.responded(reader.response);
    return { reader, events };
  } catch (error) {
    events.failed(error);
    throw error;
  }
}

/** Returns headers by name as a list in which each name is followed by its value. @param {Record<string, any>} headers */
function linesOf(headers) {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [name.toLowerCase(), String(each)]),
  );
}

/**
 * Returns the milliseconds until the next attempt, or null if there is none.
 * @param {import('../../binding').Exchange} exchange
 * @param {{ response?: any, error?: any }} result
 */
function delayAfter(exchange, { response, error }) {
  if (response !== undefined) {
    const { statusCode, headers } = response;
    const value = headers['retry-after'];
    return exchange.delayAfterResponse(statusCode, value === undefined ? value : String(value));
  }
  return exchange.delayAfterFailure(codesOf(error));
}

/**
 * Returns the codes of a failure. It may be the reason of the caller's signal, which may throw when it is read.
 * @param {any} error
 * @returns {string[]}
 */
function codesOf(error) {
  try {
    const causes = Array.isArray(error?.errors) ? error.errors : [];
    const codes = [error, ...causes].map((each) => each?.code);
    return codes.filter((code) => typeof code === 'string');
  } catch {
    return [];
  }
}

/**
 * Watches what may end a call from outside: its signal and its time limit.
 * @typedef {ReturnType<typeof cancellationOf>} Cancellation
 * @param {import('../../binding').Exchange} exchange
 * @param {any} signal
 */
function cancellationOf(exchange, signal) {
  /** @type {(reason: any) => void} */
  let stop = () => {};
  let hasEnded = false;
  const stopped = new OwnPromise((_resolve, reject) => {
    stop = (reason) => {
      hasEnded = true;
      reject(reason);
    };
  });
  stopped.catch(() => {});
  const ignore = signal === undefined || signal === null ? undefined : listen(signal, stop);
  const timer = exchange.hasTimeout
    ? perform((queue, ticket) => exchange.expire(queue, ticket), {})
    : undefined;
  timer?.promise.catch(stop);
  return {
    hasEnded: () => hasEnded,
    /** @param {Work} work work that is cancelled if the call ends first */
    async within(work) {
      try {
        return await OwnPromise.race([work.promise, stopped]);
      } finally {
        work.cancel();
      }
    },
    /** Throws what the signal throws. */
    end() {
      timer?.cancel();
      ignore?.();
    },
  };
}

/**
 * Sends the current request of a call natively. The promise resolves with the reason if Node's client is to send the request.
 * @param {import('../../binding').Exchange} exchange
 * @param {any} call
 * @param {any} added the headers that observers add
 * @returns {Work}
 */
function sendNatively(exchange, call, added) {
  const { packed, count } = packHeaders(added);
  const { promise, cancel } = perform(
    (queue, ticket) => exchange.send(queue, ticket, packed, count),
    call,
  );
  const read = () => {
    const { promise, cancel } = perform((queue, ticket) => exchange.read(queue, ticket), call);
    return {
      promise: promise.then(({ status, head, body }) => responseOf(status, head, body)),
      cancel,
    };
  };
  const received = promise.then((outcome) => {
    if (outcome.status === LEFT_TO_NODE) {
      return record({ reason: leftToNode(outcome.body).reason });
    }
    const { peer } = exchange;
    const response = responseOf(outcome.status, outcome.head, outcome.body);
    return record({ reader: { response, read, leave: () => exchange.leave() }, peer });
  });
  return { promise: received, cancel };
}
