'use strict';

// Passes requests to the native transport and settles their promises. Each JavaScript environment has one queue.

const { leave, listen } = require('./abort');
const { ErrorResponse } = require('../common');
const { failureOf } = require('./failure');
const { usesNodeHttp } = require('./node_http/interceptors');
const native = require('../binding');
const { reasonOf } = require('./options');
const { responseOf } = require('./response');
const { negotiatedNow, trustedNow } = require('../trust');

/**
 * A call that waits for its outcome.
 * @typedef {object} Call
 * @property {(value: any) => void} resolve
 * @property {(reason: any) => void} reject
 * @property {any} method
 * @property {any} headers
 * @property {any} [record] records the progress of the call for observers
 * @property {(status: number, head: string, body: string) => void} [take] receives the outcome as the queue delivers it
 * @property {any} [signal] the signal that aborts the call
 * @property {() => void} [abort] the listener of the signal
 * @property {boolean} [isAborted] whether the call was settled before its outcome arrived
 */

// The number of elements of each outcome that the queue delivers: see `Queue` in binding.d.ts.
const STRIDE = 4;

// The calls by ticket. They are not in a Map: V8's collector of young objects keeps a third of a Map that grows and shrinks this
// fast until a full collection, since the tables that the Map has outgrown refer to each other.
/** @type {Array<Call | undefined>} */
const calls = [];
/** @type {number[]} */
const freeTickets = [];
let pending = 0;
/** @type {import('../../binding').Queue | undefined} */
let queue;
let handle = 0;
let given = { proxy: '', noProxy: '', acceptsAnyone: false };
/** @type {readonly string[] | null | undefined} */
let trusted = null;
/** @type {object | undefined} */
let negotiated;
// The trust store and what TLS may negotiate are read again after each delivery rather than for each call, since programs set
// them once, if at all.
let isTrustFresh = false;
let hasWarned = false;

/** Returns the handle of the queue and a free ticket for `native.send`. The ticket stays free until it is passed to `expect`. */
function takeTicket() {
  if (queue === undefined) {
    queue = new native.Queue(deliver);
    handle = queue.handle;
    const { maxHeaderSize } = require('http');
    if (maxHeaderSize !== undefined) {
      queue.limitHeaders(maxHeaderSize);
    }
  }
  configure(queue);
  const count = freeTickets.length;
  return { queue: handle, ticket: count > 0 ? freeTickets[count - 1] : calls.length };
}

/**
 * Registers a call that was sent under a ticket, so that its outcome settles it.
 * @param {number} ticket
 * @param {Call} call
 */
function expect(ticket, call) {
  if (ticket < calls.length) {
    freeTickets.pop();
  }
  calls[ticket] = call;
  pending += 1;
  if (pending === 1) {
    native.hold(handle);
  }
  if (call.signal !== undefined) {
    call.abort = () => abort(ticket, call);
    listen(call.signal, call.abort);
  }
}

exports.takeTicket = takeTicket;
exports.expect = expect;

/**
 * Starts other work of the native transport under a ticket. The promise resolves with the arguments of `responseOf`.
 * @param {(queue: number, ticket: number) => void} begin starts the work
 * @param {any} of the call that the work belongs to, from which the error of a failure is created
 * @returns {{ promise: Promise<{ status: number, head: string, body: string }>, cancel: () => void }}
 */
exports.perform = (begin, of) => {
  const { queue, ticket } = takeTicket();
  begin(queue, ticket);
  /** @type {any} */
  const call = {};
  const promise = new Promise((resolve, reject) => {
    call.take = (
      /** @type {number} */ status,
      /** @type {string} */ head,
      /** @type {string} */ body,
    ) => (status === 0 ? reject(failureOf(body, of)) : resolve({ status, head, body }));
    call.reject = reject;
  });
  expect(ticket, call);
  return { promise, cancel: () => calls[ticket] === call && drop(ticket, call) };
};

/** @param {number} ticket @param {Call} call */
function abort(ticket, call) {
  call.reject(reasonOf(call.signal));
  drop(ticket, call);
}

/** @param {number} ticket @param {Call} call */
function drop(ticket, call) {
  if (!call.isAborted) {
    // The outcome still arrives, as that of a dropped request, and frees the ticket.
    native.cancel(handle, ticket);
    call.isAborted = true;
    end(call);
    releaseIfIdle();
  }
}

/** @param {Call} call */
function end(call) {
  pending -= 1;
  if (call.abort !== undefined) {
    leave(call.signal, call.abort);
  }
}

function releaseIfIdle() {
  if (pending === 0) {
    native.release(handle);
  }
}

/**
 * Passes the settings of the environment to the queue, if they have changed.
 * @param {import('../../binding').Queue} open
 */
function configure(open) {
  const env = process.env;
  const proxy = env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy || '';
  const noProxy = proxy && (env.NO_PROXY || env.no_proxy || '');
  const acceptsAnyone = env.NODE_TLS_REJECT_UNAUTHORIZED === '0';
  if (proxy !== given.proxy || noProxy !== given.noProxy || acceptsAnyone !== given.acceptsAnyone) {
    given = { proxy, noProxy, acceptsAnyone };
    open.configure(noProxy, proxy, acceptsAnyone);
    // Node's own client warns by itself.
    if (acceptsAnyone && !usesNodeHttp()) {
      warnOfAnyone();
    }
  }
  if (!isTrustFresh) {
    const { roots, extra, isSystem } = trustedNow();
    if (roots !== trusted) {
      trusted = roots;
      open.trust(roots?.join('\n'), extra(), isSystem);
    }
    const now = negotiatedNow();
    if (now !== negotiated) {
      negotiated = now;
      open.negotiate(now.tls12, now.tls13, now.securityLevel);
    }
    isTrustFresh = true;
  }
}

/** Emits Node's warning about disabled certificate verification. As Node does, it warns only once. */
function warnOfAnyone() {
  if (!hasWarned) {
    hasWarned = true;
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections " +
        'and HTTPS requests insecure by disabling certificate verification.',
    );
  }
}

/** @param {any[]} outcomes */
function deliver(outcomes) {
  isTrustFresh = false;
  for (let index = 0; index < outcomes.length; index += STRIDE) {
    const ticket = outcomes[index];
    const call = calls[ticket];
    if (call === undefined) {
      continue;
    }
    calls[ticket] = undefined;
    freeTickets.push(ticket);
    if (!call.isAborted) {
      end(call);
      try {
        settle(call, outcomes, index);
      } catch (error) {
        // An outcome that cannot be delivered must not hold up the others.
        call.reject(error);
      }
    }
  }
  releaseIfIdle();
}

/** @param {Call} call @param {any[]} outcomes @param {number} index */
function settle(call, outcomes, index) {
  const status = outcomes[index + 1];
  const head = outcomes[index + 2];
  if (call.take !== undefined) {
    call.take(status, head, outcomes[index + 3]);
    return;
  }
  if (call.record !== undefined) {
    call.record.tried(Number(head.slice(0, head.indexOf('\0'))));
  }
  if (status === 0) {
    call.reject(failureOf(outcomes[index + 3], call));
  } else {
    conclude(call, responseOf(status, head, outcomes[index + 3]));
  }
}

/**
 * Settles a call by its response, as the original does.
 * @param {Pick<Call, 'resolve' | 'reject' | 'record'>} call
 * @param {any} response
 */
function conclude(call, response) {
  const status = response.statusCode;
  call.record?.answered(response);
  if (status >= 200 && status <= 299) {
    call.resolve(response);
  } else if (status >= 300 && status <= 399) {
    call.reject(new Error(`Unsupported Redirect Response: ${status}`));
  } else if (status >= 400 && status <= 599) {
    call.reject(platformError(response));
  } else {
    call.reject(new Error(`Unsupported Response Code: ${status}`));
  }
}

exports.conclude = conclude;

/** @param {any} response */
function platformError({ statusCode: status, headers, body }) {
  let parsed = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // The code below also handles a body of `null`, which has no members.
  }
  if (parsed === null) {
    return new ErrorResponse({
      error: 'Something went wrong, but could not parse the response',
      error_description: '',
      headers,
      status,
    });
  }
  const { error, error_description, error_uri } = parsed;
  return new ErrorResponse({ error, error_description, error_uri, headers, status });
}
