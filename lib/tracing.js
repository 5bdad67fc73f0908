'use strict';

// Lets programs see requests: on the tracing channel `pusher-platform:request`, where the running Node has such channels
// (18.19, 19.9 and later), and with NODE_DEBUG=pusher-platform as a line each.

const { debuglog } = require('util');

const log = debuglog('pusher-platform');
const isLogging = log.enabled;
const channel = tracingChannel();

/**
 * Makes a request, in sight of whoever looks.
 * @param {any} options
 * @param {(record: any) => Promise<any>} make what it gets is told to them: method, path, status, error, attempt
 */
exports.trace = (options, make) => {
  const isTraced = channel !== undefined && hasSubscribers(channel);
  if (!isTraced && !isLogging) {
    return make(undefined);
  }
  const record = { method: options.method || 'GET', path: options.path, attempt: 1 };
  const logged = isLogging ? () => logging(record, make) : () => make(record);
  return isTraced ? channel.tracePromise(logged, record) : logged();
};

/** @param {any} record @param {(record: any) => Promise<any>} make */
function logging(record, make) {
  const start = Date.now();
  /** @param {any} error */
  const write = (error) => {
    const { method, path, status, attempt } = record;
    const end = status === undefined ? String(error && (error.code || error)) : status;
    const attempts = attempt > 1 ? `, ${attempt} attempts` : '';
    log('%s %s: %s in %d ms%s', method, path, end, Date.now() - start, attempts);
  };
  const promise = make(record);
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
