'use strict';

// Passes calls to the native transport and settles their promises. Each JavaScript environment has one queue.
//
// JavaScript may be interrupted whenever it enters a function or repeats a loop: by a `timeout` of `vm`, or by a stack overflow.
// Whatever belongs to a caller may throw, or send another request while it is read. Each step below therefore leaves a state
// from which all other calls go on.

const { listen } = require('./abort.js');
const { conclude } = require('./conclude.js');
const { failureOf, finalOf } = require('./failure.js');
const { decideAgain, reasonForNode } = require('./choice.js');
const native = require('../binding/index.js');
const responses = require('./response.js');
const { rootsNow, versionsNow } = require('./trust.js');

// Promises are made by the class that is there when the package is loaded. A program may replace it by one that has less.
const OwnPromise = Promise;

/** A call that waits for its outcome. Properties that are added later would make the object slower. */
class Call {
  /** @param {any} method @param {any} headers */
  constructor(method, headers) {
    this.method = method;
    this.headers = headers;
    /** Records the progress of the call for observers. @type {any} */
    this.record = undefined;
    /** @type {any} */
    this.resolve = undefined;
    /** @type {any} */
    this.reject = undefined;
    /** What the call sends. @type {any} */
    this.input = undefined;
    /** Makes the call through Node's own client. @type {((attempts: number, elapsed: number, reason: string) => void) | undefined} */
    this.leaveToNode = undefined;
    /** Receives the outcome as the queue delivers it. @type {((status: number, head: string, body: string) => void) | undefined} */
    this.take = undefined;
    /** The ticket under which the call was registered. @type {number | undefined} */
    this.ticket = undefined;
    /** Stops listening to the signal that aborts the call. @type {(() => void) | undefined} */
    this.ignore = undefined;
    /** How often the request was sent, where it has failed. */
    this.attempts = 1;
    this.isSettled = false;
  }
}
// A program may have added a property to all objects.
Object.setPrototypeOf(Call.prototype, null);

exports.Call = Call;

// The number of arguments of each outcome that the queue delivers: see `Queue` in binding.d.ts.
const STRIDE = 4;
// The statuses of outcomes that are no responses.
const FAILURE = 0;
const LEFT_TO_NODE = 1;

// A ticket is the place of a call in `calls`, in its lower 24 bits, and a generation, which tells apart the calls that have the
// same place one after the other.
const PLACES = 2 ** 24;
const GENERATIONS = 2 ** 29;

// The calls by place. They are not in a Map: V8's collector of young objects keeps a third of a Map that grows and shrinks this
// fast until a full collection, since the tables that the Map has outgrown refer to each other.
/** @type {Array<Call | undefined>} */
const calls = [];
/** @type {number[]} */
const freePlaces = [];
let generation = 0;
/** @type {import('../../binding').Queue | undefined} */
let queue;
let handle = 0;
let configured = { proxy: '', noProxy: '', acceptsInvalidCertificates: false };
/** @type {string | undefined} */
let trusted;
/** @type {object | undefined} */
let negotiated;
// The trust store and what TLS may negotiate are read again after each delivery rather than for each call, since programs set
// them once, if at all.
let isTrustFresh = false;

/** Returns the handle of the queue, with the current settings of the environment. */
exports.openQueue = () => {
  if (queue === undefined) {
    const opened = new native.Queue(deliver);
    const { maxHeaderSize = 16 * 1024 } = require('http');
    opened.limit(maxHeaderSize, responses.maxBodySize);
    handle = opened.handle;
    queue = opened;
  }
  configure(queue);
  return handle;
};

/** Returns the settings of the environment that `openQueue` has passed on: the same object as long as they do not change. */
exports.settings = () => configured;

/**
 * Registers a call, and returns the ticket under which its outcome settles it. No function may be entered between this one and
 * the native function that takes the ticket: if JavaScript were interrupted there, the call would stay registered for ever.
 * @param {Call} call
 */
function register(call) {
  const place = freePlaces.length > 0 ? /** @type {number} */ (freePlaces.pop()) : calls.length;
  generation = (generation + 1) % GENERATIONS;
  const ticket = generation * PLACES + place;
  call.ticket = ticket;
  calls[place] = call;
  return ticket;
}

/**
 * Frees a ticket, and returns the call that was registered under it, or undefined if there is none.
 * @param {number} ticket
 */
function withdraw(ticket) {
  const place = ticket & (PLACES - 1);
  const call = calls[place];
  if (call === undefined || call.ticket !== ticket) {
    return undefined;
  }
  calls[place] = undefined;
  freePlaces.push(place);
  return call;
}

exports.register = register;
exports.withdraw = withdraw;

/**
 * Starts other work of the native transport under a ticket. The promise resolves with the arguments of `responseOf`.
 * @param {(queue: number, ticket: number) => void} begin starts the work
 * @param {any} of the call that the work belongs to, from which the error of a failure is created
 * @returns {{ promise: Promise<{ status: number, head: string, body: string }>, cancel: () => void }}
 */
exports.perform = (begin, of) => {
  const call = new Call(undefined, undefined);
  const promise = new OwnPromise((resolve, reject) => {
    call.take = (
      /** @type {number} */ status,
      /** @type {string} */ head,
      /** @type {string} */ body,
    ) => (status === FAILURE ? reject(failureOf(body, of)) : resolve({ status, head, body }));
    call.reject = reject;
  });
  const open = exports.openQueue();
  const ticket = register(call);
  try {
    begin(open, ticket);
  } catch (error) {
    withdraw(ticket);
    throw error;
  }
  return { promise, cancel: () => drop(call) };
};

/**
 * Aborts a call when its signal aborts, which may be at once. Throws what the signal throws.
 * @param {Call} call
 * @param {any} signal
 */
exports.abortOn = (call, signal) => {
  const ignore = listen(signal, (reason) => {
    call.reject(reason);
    drop(call);
  });
  call.ignore = ignore;
  if (call.isSettled) {
    ignore();
  }
};

/**
 * Drops a call that needs no outcome any more.
 * @param {Call} call
 */
function drop(call) {
  if (call.isSettled) {
    return;
  }
  call.isSettled = true;
  if (call.ticket !== undefined) {
    // The outcome still arrives, as that of a dropped request, and frees the ticket.
    native.cancel(handle, call.ticket);
  }
  try {
    call.ignore?.();
  } catch {
    // The call is settled, so that what its signal throws reaches nobody.
  }
}

exports.drop = drop;

/**
 * Passes the settings of the environment to the queue, if they have changed.
 * @param {import('../../binding').Queue} open
 */
function configure(open) {
  const { proxy, noProxy, acceptsInvalidCertificates } = settingsNow();
  // What was passed is noted last: a setting that was not passed because of an interruption is passed by the next call.
  if (
    proxy !== configured.proxy ||
    noProxy !== configured.noProxy ||
    acceptsInvalidCertificates !== configured.acceptsInvalidCertificates
  ) {
    open.configure(noProxy, proxy, acceptsInvalidCertificates);
    configured = { proxy, noProxy, acceptsInvalidCertificates };
    // Node's own client warns by itself.
    if (acceptsInvalidCertificates && reasonForNode() === undefined) {
      warnOfInvalidCertificates();
    }
  }
  if (!isTrustFresh) {
    const roots = rootsNow();
    const versions = versionsNow();
    if (roots !== trusted || versions !== negotiated) {
      open.trust(roots, versions.tls12, versions.tls13);
      trusted = roots;
      negotiated = versions;
    }
    isTrustFresh = true;
  }
}

/** Returns the settings of the environment, or those that were passed last if it cannot be read. */
function settingsNow() {
  try {
    const { env } = process;
    const proxy = env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy || '';
    const noProxy = proxy && (env.NO_PROXY || env.no_proxy || '');
    return { proxy, noProxy, acceptsInvalidCertificates: env.NODE_TLS_REJECT_UNAUTHORIZED === '0' };
  } catch {
    return configured;
  }
}

/** Has Node warn that certificates are not verified, as it does when the first connection of a process begins. */
function warnOfInvalidCertificates() {
  const { Duplex } = require('stream');
  // This connection leads nowhere. If this package warned itself, Node would warn again with the first call through its client.
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  require('tls')
    .connect({ socket })
    .on('error', () => {})
    .destroy();
}

/** @param {any[]} outcomes */
function deliver(...outcomes) {
  isTrustFresh = false;
  decideAgain();
  for (let index = 0; index < outcomes.length; index += STRIDE) {
    const call = withdraw(outcomes[index]);
    if (call !== undefined && !call.isSettled) {
      call.isSettled = true;
      try {
        call.ignore?.();
        settle(call, outcomes, index);
      } catch (error) {
        // What this call's signal or headers throw concerns this call alone.
        call.reject(error);
      }
    }
  }
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
    call.record.tried(attemptsOf(head));
  }
  if (status === FAILURE) {
    call.reject(finalOf(failureOf(outcomes[index + 3], call), call, attemptsOf(head)));
  } else if (status === LEFT_TO_NODE) {
    const { elapsed, reason } = leftToNode(outcomes[index + 3]);
    call.leaveToNode?.(attemptsOf(head) - 1, elapsed, reason);
  } else {
    if (status >= 400) {
      call.attempts = attemptsOf(head);
    }
    conclude(call, responses.responseOf(status, head, outcomes[index + 3]));
  }
}

/** @param {string} head */
function attemptsOf(head) {
  return Number(head.slice(0, head.indexOf('\0')));
}

/**
 * Returns how many milliseconds the native transport has spent on a call that it leaves to Node's own client, and why it does.
 * @param {string} text the body of the outcome
 */
function leftToNode(text) {
  const [elapsed] = text.split(' ', 1);
  return { elapsed: Number(elapsed), reason: text.slice(elapsed.length + 1) };
}

exports.LEFT_TO_NODE = LEFT_TO_NODE;
exports.leftToNode = leftToNode;
