'use strict';

// Hands requests to the native transport and settles their promises: one queue for each JavaScript environment.

const { ErrorResponse } = require('./common');
const { failureOf } = require('./failure');
const native = require('./native');
const { reasonOf } = require('./options');
const { responseOf } = require('./response');
const { trustedNow } = require('./trust');

/**
 * @typedef {object} Call
 * @property {(value: any) => void} resolve
 * @property {(reason: any) => void} reject
 * @property {any} method
 * @property {any} headers
 * @property {any} [record] what became of it is noted here
 * @property {any} [signal] aborts it
 * @property {() => void} [abort] what listens to that
 * @property {boolean} [isAborted] whether it is settled before its outcome is there
 */

// Elements of an outcome in what the queue delivers: see `Queue` in binding.d.ts.
const STRIDE = 4;

// By ticket. No Map: of one that comes and goes so fast, V8's collector of young objects keeps a third until a full
// collection, since the tables that it outgrew hold on to each other.
/** @type {Array<Call | undefined>} */
const calls = [];
/** @type {number[]} */
const freeTickets = [];
let pending = 0;
/** @type {import('../binding').Queue | undefined} */
let queue;
let handle = 0;
let given = { proxy: '', noProxy: '', acceptsAnyone: false };
/** @type {readonly string[] | null | undefined} */
let trusted = null;
// Asked after each wake-up rather than for each call, since programs set it once if at all.
let isTrustFresh = false;
let hasWarned = false;

/** The queue and the ticket that `native.send` takes; the ticket is taken once `expect` has it. */
exports.takeTicket = () => {
  if (queue === undefined) {
    queue = new native.Queue(deliver);
    handle = queue.handle;
  }
  configure(queue);
  const count = freeTickets.length;
  return { queue: handle, ticket: count > 0 ? freeTickets[count - 1] : calls.length };
};

/**
 * Has a call that was sent settled by the queue.
 * @param {number} ticket
 * @param {Call} call
 */
exports.expect = (ticket, call) => {
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
    call.signal.addEventListener('abort', call.abort);
  }
};

/** @param {number} ticket @param {Call} call */
function abort(ticket, call) {
  // Its outcome, that it was dropped, still comes, and gives the ticket back.
  native.cancel(handle, ticket);
  call.isAborted = true;
  call.reject(reasonOf(call.signal));
  end(call);
  releaseIfIdle();
}

/** @param {Call} call */
function end(call) {
  pending -= 1;
  if (call.signal !== undefined) {
    call.signal.removeEventListener('abort', call.abort);
  }
}

function releaseIfIdle() {
  if (pending === 0) {
    native.release(handle);
  }
}

/** @param {import('../binding').Queue} open */
function configure(open) {
  const env = process.env;
  const proxy = env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy || '';
  const noProxy = proxy && (env.NO_PROXY || env.no_proxy || '');
  const acceptsAnyone = env.NODE_TLS_REJECT_UNAUTHORIZED === '0';
  if (proxy !== given.proxy || noProxy !== given.noProxy || acceptsAnyone !== given.acceptsAnyone) {
    given = { proxy, noProxy, acceptsAnyone };
    open.configure(noProxy, proxy, acceptsAnyone);
    if (acceptsAnyone) {
      warnOfAnyone();
    }
  }
  if (!isTrustFresh) {
    const { roots, extra, isSystem } = trustedNow();
    if (roots !== trusted) {
      trusted = roots;
      open.trust(roots?.join('\n'), extra(), isSystem);
    }
    isTrustFresh = true;
  }
}

// In Node's words, and as Node does once for a process.
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
        // One that cannot be told keeps none of the others.
        call.reject(error);
      }
    }
  }
  releaseIfIdle();
}

/** @param {Call} call @param {any[]} outcomes @param {number} index */
function settle(call, outcomes, index) {
  const status = outcomes[index + 1];
  if (call.record !== undefined) {
    note(call.record, status, outcomes[index + 2]);
  }
  if (status === 0) {
    call.reject(failureOf(outcomes[index + 3], call));
    return;
  }
  const response = responseOf(status, outcomes[index + 2], outcomes[index + 3]);
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

/** @param {any} record @param {number} status @param {string} head which begins with the number of attempts */
function note(record, status, head) {
  record.status = status || undefined;
  record.attempt = Number(head.slice(0, head.indexOf('\0')));
}

/** @param {any} response */
function platformError({ statusCode: status, headers, body }) {
  let parsed = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Told below, together with `null`, which has no members to tell.
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
