'use strict';

// Listens to the signals that abort calls, with one listener for each signal, however many calls the signal may abort. Node
// before 22 warns of a leak from the eleventh listener on.

/** @type {WeakMap<object, { listener: () => void, calls: Set<() => void> }>} */
const heard = new WeakMap();

/**
 * Calls `call` when the signal aborts.
 * @param {any} signal
 * @param {() => void} call
 */
exports.listen = (signal, call) => {
  const known = heard.get(signal);
  if (known !== undefined) {
    known.calls.add(call);
    return;
  }
  const calls = new Set([call]);
  const listener = () => {
    for (const each of calls) {
      each();
    }
  };
  heard.set(signal, { listener, calls });
  signal.addEventListener('abort', listener);
};

/**
 * Removes a function that was passed to `listen`, and the listener of the signal with its last function.
 * @param {any} signal
 * @param {() => void} call
 */
exports.leave = (signal, call) => {
  const known = heard.get(signal);
  if (known === undefined) {
    return;
  }
  known.calls.delete(call);
  if (known.calls.size === 0) {
    heard.delete(signal);
    signal.removeEventListener('abort', known.listener);
  }
};
