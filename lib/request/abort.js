'use strict';

// Listens to the signals that abort calls, with one listener for each signal, however many calls the signal may abort. Node
// before 22 warns of a leak from the eleventh listener on.

const { reasonOf } = require('./options.js');

/** @type {WeakMap<object, Listener>} */
const heard = new WeakMap();

/**
 * The listener of a signal. `calls` are called with the reason when the signal aborts.
 * @typedef {{ calls: Set<(reason: any) => void>, tell: () => void }} Listener
 */

/**
 * Calls `call` with the reason when the signal aborts, or at once if it has aborted. Returns a function that stops listening.
 * Both throw what the signal throws, after which `call` is not called any more.
 * @param {any} signal
 * @param {(reason: any) => void} call
 */
exports.listen = (signal, call) => {
  const { listener, isNew } = listenerOf(signal);
  listener.calls.add(call);
  const ignore = () => {
    if (listener.calls.delete(call) && listener.calls.size === 0) {
      // While a signal added the listener, it may have sent a request that added another.
      if (heard.get(signal) === listener) {
        heard.delete(signal);
      }
      signal.removeEventListener('abort', listener.tell);
    }
  };
  try {
    if (isNew) {
      signal.addEventListener('abort', listener.tell);
      // Only now, since an interruption may have kept the signal from adding the listener.
      heard.set(signal, listener);
    }
    if (signal.aborted) {
      call(reasonOf(signal));
    }
  } catch (error) {
    ignore();
    throw error;
  }
  return ignore;
};

/** @param {any} signal */
function listenerOf(signal) {
  const known = heard.get(signal);
  if (known !== undefined) {
    return { listener: known, isNew: false };
  }
  /** @type {Listener} */
  const listener = {
    calls: new Set(),
    tell() {
      const reason = reasonOrThrown(signal);
      for (const call of listener.calls) {
        call(reason);
      }
    },
  };
  return { listener, isNew: true };
}

/** @param {any} signal */
function reasonOrThrown(signal) {
  try {
    return reasonOf(signal);
  } catch (error) {
    return error;
  }
}
