'use strict';

// Lets programs see requests: on the tracing channel `pusher-platform:request`, where the running Node has such channels
// (18.19, 19.9 and later), and with NODE_DEBUG=pusher-platform as a line each.

const { debuglog } = require('util');

const log = debuglog('pusher-platform');
const isLogging = log.enabled;
const channel = tracingChannel();

/** Whether anybody looks on. */
exports.isTraced = () => isLogging || (channel !== undefined && hasSubscribers(channel));

/**
 * Makes a request, in sight of whoever looks.
 * @param {any} options
 * @param {[origin: string, path: string] | undefined} target
 * @param {(record: Record) => Promise<any>} make
 */
exports.trace = (options, target, make) => {
  const message = new Message(options, target);
  const work = () => make(new Record(message));
  const logged = isLogging ? () => logging(message, work) : work;
  return channel !== undefined && hasSubscribers(channel)
    ? channel.tracePromise(logged, message)
    : logged();
};

/** What is told of a request: `status` and `headers` besides, as soon as there is an answer. */
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
   * Has a header sent with the request, unless its caller has set one of that name.
   * @param {string} name
   * @param {any} value
   */
  addHeader(name, value) {
    if (this.#added === undefined) {
      const error = new Error('Cannot set headers after they are sent to the server');
      throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
    }
    require('./shown_headers').checkHeader(name, value);
    this.#added.push([name, value]);
  }

  /** What has been added; no more can be. @param {Message} message */
  static close(message) {
    const added = message.#added;
    message.#added = undefined;
    return added || [];
  }
}

/** Where the rest of the package notes what becomes of a request. */
class Record {
  /** @param {Message} message */
  constructor(message) {
    this.message = message;
    this.added = Message.close(message);
  }

  /** @param {any} headers those of the caller, by name */
  addTo(headers) {
    const taken = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    /** @type {Map<string, any>} */
    const added = new Map();
    for (const [name, value] of this.added) {
      require('./shown_headers').addTo(added, taken, name, value);
    }
    Object.assign(headers, Object.fromEntries(added));
  }

  /** @param {number} count */
  tried(count) {
    this.message.attempt = count;
  }

  /** @param {any} response */
  answered({ statusCode, headers }) {
    const { 'set-cookie': _secret, ...shown } = headers;
    Object.assign(this.message, { status: statusCode, headers: shown });
  }
}

/** @param {Message} message @param {() => Promise<any>} make */
function logging(message, make) {
  const start = Date.now();
  /** @param {any} error */
  const write = (error) => {
    const { method, path, status, attempt } = /** @type {any} */ (message);
    const end = status === undefined ? String(error && (error.code || error)) : status;
    const attempts = attempt > 1 ? `, ${attempt} attempts` : '';
    log('%s %s: %s in %d ms%s', method, path, end, Date.now() - start, attempts);
  };
  const promise = make();
  promise.then(() => write(undefined), write);
  return promise;
}

function tracingChannel() {
  try {
    /** @type {any} */
    const diagnostics = require('diagnostics_channel');
    return diagnostics.tracingChannel?.('pusher-platform:request');
  } catch {
    // Node 14 may be without the module.
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
