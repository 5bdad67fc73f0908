'use strict';

// Hears of signals that abort calls: one listener for each signal, however many calls it may abort. Node before 22 warns of a
// leak from the eleventh listener on.

/** @type {WeakMap<object, { listener: () => void, calls: Set<() => void> }>} */
const heard = new WeakMap();

/**
 * Has `call` called once the signal aborts.
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
 * Takes back what `listen` was given, and the listener with the last of a signal.
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
