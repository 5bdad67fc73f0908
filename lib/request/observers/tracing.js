'use strict';

// Reports requests to the program: on the tracing channel `pusher-platform:request`, if the running Node has tracing channels
// (18.19, 19.9 and later), and as one line each with NODE_DEBUG=pusher-platform.

const { debuglog } = require('util');

const { addTo, checkHeader } = require('../headers.js');
const { textOf } = require('../../text.js');

const log = debuglog('pusher-platform');
const isLogging = log.enabled;
/** The channel, which is opened with the first call, or null if this Node has none. @type {any} */
let channel;

/** Returns whether requests are reported to any subscriber or log. */
exports.isTraced = () => isSubscribed() || isLogging;

function isSubscribed() {
  if (channel === undefined) {
    channel = tracingChannel() || null;
  }
  return channel !== null && hasSubscribers(channel);
}

/**
 * Sends a request and reports it.
 * @param {any} options
 * @param {[origin: string, path: string] | undefined} target
 * @param {(record: Record) => Promise<any>} make sends the request
 */
exports.trace = (options, target, make) => {
  const message = new Message(options, target);
  /** @type {Record | undefined} */
  let record;
  const work = () => {
    record = new Record(message);
    return make(record);
  };
  const logged = isLogging ? () => logging(message, work, () => record?.reason) : work;
  return isSubscribed() ? channel.tracePromise(logged, message) : logged();
};

/** The message of the tracing channel about a request. It has `status` and `headers` as well once there is a response. */
class Message {
  /** @type {Array<[name: string, value: any]> | undefined} */
  #added = [];

  /** @param {any} options @param {[origin: string, path: string] | undefined} target */
  constructor(options, target) {
    this.method = options.method || 'GET';
    this.path = options.path;
    this.origin = target?.[0];
    this.url = target && target[0] + target[1];
    this.attempt = 1;
  }

  /**
   * Adds a header to the request, unless the caller has set a header of that name.
   * @param {string} name
   * @param {any} value
   */
  addHeader(name, value) {
    if (this.#added === undefined) {
      const error = new Error('Cannot set headers after they are sent to the server');
      throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
    }
    checkHeader(name, value);
    this.#added.push([name, value]);
  }

  /** Returns the headers that were added, after which none can be added. @param {Message} message */
  static close(message) {
    const added = message.#added;
    message.#added = undefined;
    return added || [];
  }
}

/** Records the progress of a request in its message. */
class Record {
  /** @param {Message} message */
  constructor(message) {
    this.message = message;
    this.added = Message.close(message);
    /** Why the request goes through Node's client. @type {string | undefined} */
    this.reason = undefined;
  }

  /** @param {string | undefined} reason */
  goesToNode(reason) {
    this.reason = reason;
  }

  /** Adds the subscribers' headers to those of the caller. @param {any} headers the caller's headers, by name */
  addTo(headers) {
    const taken = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    /** @type {Map<string, any>} */
    const added = new Map();
    for (const [name, value] of this.added) {
      addTo(added, taken, name, value);
    }
    Object.assign(headers, Object.fromEntries(added));
  }

  /** @param {number} count */
  tried(count) {
    this.message.attempt = count;
  }

  /** @param {any} response */
  responded({ statusCode, headers }) {
    const { 'set-cookie': _secret, ...shown } = headers;
    Object.assign(this.message, { status: statusCode, headers: shown });
  }
}

/**
 * @param {Message} message
 * @param {() => Promise<any>} make
 * @param {() => string | undefined} reasonForNode
 */
function logging(message, make, reasonForNode) {
  const start = now();
  /** @param {any} error */
  const write = (error) => {
    const { method, path, origin, status, attempt } = /** @type {any} */ (message);
    const host = origin === undefined ? '' : ` to ${origin.replace(/^https:\/\//, '')}`;
    const end = status === undefined ? endOf(error) : status;
    const attempts = attempt > 1 ? `, ${attempt} attempts` : '';
    const reason = reasonForNode();
    const how = reason === undefined ? 'natively' : `through Node's client, since ${reason}`;
    const line = [textOf(method), textOf(path), host, end, now() - start, attempts, how];
    log('%s %s%s: %s in %d ms%s, %s', ...line);
  };
  const promise = make();
  promise.then(() => write(undefined), write);
  return promise;
}

/** Returns the time in milliseconds, or NaN if a program's own `Date.now` throws. */
function now() {
  try {
    return Date.now();
  } catch {
    return Number.NaN;
  }
}

/** Returns the text for what a call was rejected with, which may be a value of any kind. @param {any} error */
function endOf(error) {
  let code;
  try {
    code = error?.code;
  } catch {
    // The code of a caller's own reason may be a getter that throws.
  }
  return textOf(code || error);
}

function tracingChannel() {
  try {
    /** @type {any} */
    const diagnostics = require('diagnostics_channel');
    return diagnostics.tracingChannel?.('pusher-platform:request');
  } catch {
    // Some versions of Node 14 do not have the module.
    return undefined;
  }
}

/** @param {any} tracing */
function hasSubscribers({ start, end, asyncStart, asyncEnd, error }) {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}
