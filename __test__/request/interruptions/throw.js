'use strict';

// Throws at each place where a request reads an object of the caller, while other calls are pending.

const assert = require('assert');

const { call, eachWay, instanceOf, internal, run } = require('./calls');
const { clientPlaces, places, watch } = require('./places');

const BESIDE = Number(process.argv[2]) || 5;
// No place is read more often than this in one call.
const MOST = 200;

const report = { places: 0 };

class OnPurpose extends Error {}
const isOnPurpose = (error) => error instanceof OnPurpose;

/** Returns a function that throws when it is called for the n-th time, and tells whether it has thrown. */
function thrower(count) {
  let left = count;
  const act = () => {
    left -= 1;
    if (left === 0) {
      throw new OnPurpose();
    }
  };
  return { act, hasThrown: () => left <= 0 };
}

/** Sends a request by `send` once for each time that the place is read in it. That time throws, and no other call notices. */
async function within(instance, name, send) {
  const beside = () => call((path) => instance.request({ path }));
  for (let count = 1; count < MOST; count += 1) {
    const { act, hasThrown } = thrower(count);
    let outcome;
    const settled = Array.from({ length: BESIDE }, beside);
    settled.push(
      call(
        (path) => {
          const promise = send(path, act);
          promise.then(
            () => {
              outcome = 'answered';
            },
            (error) => {
              outcome = error;
            },
          );
          return promise;
        },
        (error) => {
          outcome = error;
          return isOnPurpose(error);
        },
      ),
    );
    settled.push(...Array.from({ length: BESIDE }, beside));
    await Promise.all(settled);
    if (!hasThrown()) {
      assert.ok(count > 1, `${name} is not read`);
      report.places += 1;
      return;
    }
    assert.ok(isOnPurpose(outcome), `${name}, ${count}: ${outcome}`);
  }
  assert.fail(`${name} is read too often`);
}

async function main() {
  const instance = instanceOf();
  await eachWay(async () => {
    for (const name of Object.keys(places)) {
      await within(instance, name, (path, act) => instance.request(places[name](path, act)));
    }
    for (const name of clientPlaces) {
      await within(instance, `client.${name}`, (path, act) => {
        const other = instanceOf();
        watch(other.client, name, act);
        return other.request({ path });
      });
    }
    for (const way of Object.keys(signals)) {
      await signals[way](instance);
    }
  });
  await nativeThrows(instance);
}

/** A signal that is aborted by `abort`, and whose members do what `members` says. */
function signalOf(members) {
  const listeners = new Set();
  const signal = {
    aborted: false,
    reason: new OnPurpose(),
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
  const abort = () => {
    signal.aborted = true;
    for (const listener of listeners) listener();
  };
  return {
    signal: Object.defineProperties(signal, Object.getOwnPropertyDescriptors(members)),
    abort,
    listeners,
  };
}

const throwing = () => {
  throw new OnPurpose();
};

/** Sends requests that a signal aborts, and others that it does not abort. */
function aborted(instance, signal, count) {
  const own = Array.from({ length: count }, () =>
    call(
      (path) => instance.request({ path: path.replace('answer', 'silent'), signal }),
      isOnPurpose,
    ),
  );
  const others = Array.from({ length: BESIDE }, () => call((path) => instance.request({ path })));
  return [...own, ...others];
}

// What signals do when they abort, or instead.
const signals = {
  async 'the reason throws'(instance) {
    const { signal, abort, listeners } = signalOf({
      get reason() {
        return throwing();
      },
    });
    const settled = aborted(instance, signal, BESIDE);
    abort();
    await Promise.all(settled);
    assert.equal(listeners.size, 0);
  },
  async 'removing the listener throws'(instance) {
    const { signal, abort } = signalOf({ removeEventListener: throwing });
    const settled = aborted(instance, signal, BESIDE);
    abort();
    await Promise.all(settled);
  },
  async 'adding the listener throws once'(instance) {
    let isFirst = true;
    const { signal, abort } = signalOf({});
    const { addEventListener } = signal;
    signal.addEventListener = (...args) => {
      if (isFirst) {
        isFirst = false;
        throwing();
      }
      addEventListener(...args);
    };
    const settled = aborted(instance, signal, BESIDE);
    abort();
    await Promise.all(settled);
  },
  async 'it aborts while the listener is added'(instance) {
    const { signal, abort } = signalOf({});
    const { addEventListener } = signal;
    signal.addEventListener = (...args) => {
      addEventListener(...args);
      abort();
    };
    await Promise.all(aborted(instance, signal, 1));
  },
  async 'it aborts while the options are read'(instance) {
    const { signal, abort } = signalOf({});
    const send = (path) =>
      instance.request({ path, method: 'POST', body: { toJSON: abort }, signal });
    await call(send, isOnPurpose);
  },
};

/** Lets the native function throw after it has sent a request, whose outcome belongs to no call. */
async function nativeThrows(instance) {
  const native = internal('binding');
  const { send } = native;
  const settled = [];
  for (let count = 0; count < BESIDE; count += 1) {
    native.send = (...args) => {
      send(...args);
      throwing();
    };
    try {
      settled.push(call((path) => instance.request({ path }), isOnPurpose));
    } finally {
      native.send = send;
    }
    settled.push(call((path) => instance.request({ path })));
  }
  await Promise.all(settled);
}

run(main, report);
