'use strict';

// Throws at each place where a request reads an object of the caller, while other calls are pending.

const assert = require('assert');

const { call, eachWay, instanceOf, internal, run, silent } = require('./calls');
const { clientPlaces, places, watch } = require('./places');

const BESIDE = Number(process.argv[2]) || 5;
// No place is read more often than this in one call.
const MOST = 200;

// The program would take longer than it may if anything waited for so long.
const LONG = 600_000;

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
  await settingsThrow(instance);
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
function aborted(instance, signal) {
  // A time limit that is not given up would keep the process alive.
  const options = { signal, timeout: LONG };
  const send = (path) => instance.request({ path: silent(path), ...options });
  return [
    ...Array.from({ length: BESIDE }, () => call(send, isOnPurpose)),
    ...Array.from({ length: BESIDE }, () => call((path) => instance.request({ path }))),
  ];
}

// What signals do when they abort, or instead.
const signals = {
  async 'the reason throws'(instance) {
    const reason = {
      get reason() {
        return throwing();
      },
    };
    const { signal, abort, listeners } = signalOf(reason);
    const settled = aborted(instance, signal);
    abort();
    await Promise.all(settled);
    assert.strictEqual(listeners.size, 0);
  },
  async 'removing the listener throws'(instance) {
    const { signal, abort } = signalOf({ removeEventListener: throwing });
    const settled = aborted(instance, signal);
    abort();
    await Promise.all(settled);
  },
  async 'removing the listener of an answered call throws'(instance) {
    const { signal } = signalOf({ removeEventListener: throwing });
    await call((path) => instance.request({ path, signal, timeout: LONG }), isOnPurpose);
  },
  async 'adding the listener throws once'(instance) {
    let isFirst = true;
    const { signal, abort, listeners } = signalOf({});
    const { addEventListener } = signal;
    signal.addEventListener = (...args) => {
      if (isFirst) {
        isFirst = false;
        throwing();
      }
      addEventListener(...args);
    };
    const settled = aborted(instance, signal);
    abort();
    await Promise.all(settled);
    assert.strictEqual(listeners.size, 0);
  },
  async 'it cannot tell whether it has aborted once it has the listener'(instance) {
    const { signal, listeners } = signalOf({
      get aborted() {
        return listeners.size > 0 ? throwing() : false;
      },
    });
    await call((path) => instance.request({ path, signal, timeout: LONG }), isOnPurpose);
    assert.strictEqual(listeners.size, 0);
  },
  async 'it aborts while the listener is added'(instance) {
    const { signal, abort, listeners } = signalOf({});
    const { addEventListener } = signal;
    signal.addEventListener = (...args) => {
      addEventListener(...args);
      abort();
    };
    await call((path) => instance.request({ path: silent(path), signal }), isOnPurpose);
    assert.strictEqual(listeners.size, 0);
  },
  async 'it aborts while the options are read'(instance) {
    const { signal, abort, listeners } = signalOf({});
    const body = { toJSON: abort };
    const send = (path) => instance.request({ path: silent(path), method: 'POST', body, signal });
    await call(send, isOnPurpose);
    assert.strictEqual(listeners.size, 0);
  },
};

/** Lets the native function throw before or after it has sent a request, whose outcome then belongs to no call. */
async function nativeThrows(instance) {
  const native = internal('binding');
  const { send } = native;
  let ticket;
  const ways = [
    (...args) => send(...args) && throwing(),
    throwing,
    (...args) => {
      ticket = args[2];
      return send(...args);
    },
  ];
  for (let count = 0; count < 10 * BESIDE; count += 1) {
    const settled = [];
    for (const way of ways) {
      native.send = way;
      settled.push(call((path) => instance.request({ path }), isOnPurpose));
      native.send = send;
      settled.push(call((path) => instance.request({ path })));
    }
    await Promise.all(settled);
  }
  // The lower bits of a ticket are a place, and no more places were taken than calls were pending at once.
  assert.ok(ticket % 2 ** 24 < 4 * BESIDE, `The place is ${ticket % 2 ** 24}`);
}

/** Lets the native queue throw when it is told settings, which are then told again. */
async function settingsThrow(instance) {
  const { prototype } = internal('binding').Queue;
  const { configure } = prototype;
  const told = [];
  prototype.configure = throwing;
  process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
  process.env.NO_PROXY = '*';
  await call((path) => instance.request({ path }), isOnPurpose);
  prototype.configure = function (...args) {
    told.push(args);
    return configure.apply(this, args);
  };
  await call((path) => instance.request({ path }));
  assert.strictEqual(told.length, 1);
  delete process.env.HTTPS_PROXY;
  delete process.env.NO_PROXY;
  prototype.configure = configure;
}

run(main, report);
