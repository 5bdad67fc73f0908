'use strict';

// Sends requests from within requests, at each place where an object of the caller is read.

const assert = require('assert');
const tls = require('tls');

const { call, eachWay, instanceOf, internal, run } = require('./calls');
const { asked, clientPlaces, places, watch } = require('./places');

const rounds = Number(process.argv[2]) || 3;

// The number of requests that are sent from within others at one place.
const MOST = 20;

let isNative = false;
const report = { places: 0, reached: 0 };

/**
 * Calls `work` with a function that sends a request from within another, and sends one more request after it.
 * @param {any} instance
 * @param {string} name
 * @param {(act: () => void) => void} work
 */
async function within(instance, name, work) {
  let settled = [];
  let reached = 0;
  let inner = 0;
  let readInside = false;
  let isInside = false;
  const plain = () => settled.push(call((path) => instance.request({ path })));
  const act = () => {
    reached += 1;
    readInside = readInside || isNative;
    // The inner request may be read at the same place, and so may its response.
    if (!isInside && inner < MOST) {
      isInside = true;
      inner += 1;
      plain();
      isInside = false;
    }
  };
  for (let round = 0; round < rounds; round += 1) {
    settled = [work(act)];
    plain();
    // The settings of the environment are read again after a response.
    await Promise.all(settled);
  }
  assert.ok(reached > 0, `${name} is not read`);
  assert.ok(!readInside, `${name} is read by native code`);
  report.places += 1;
  report.reached += reached;
}

/** Marks the time in which native code takes a request. */
function watchNative() {
  const native = internal('binding');
  const { Exchange, send } = native;
  const marked = (work) => {
    isNative = true;
    try {
      return work();
    } finally {
      isNative = false;
    }
  };
  native.send = (...args) => marked(() => send(...args));
  native.Exchange = function (...args) {
    return marked(() => new Exchange(...args));
  };
}

async function main() {
  watchNative();
  const instance = instanceOf();
  await eachWay(async () => {
    for (const name of Object.keys(places)) {
      await within(instance, name, (act) =>
        call((path) => instance.request(places[name](path, act))),
      );
    }
    for (const name of clientPlaces) {
      await within(instance, `client.${name}`, (act) => {
        const other = instanceOf();
        watch(other.client, name, act);
        return call((path) => other.request({ path }));
      });
    }
    await within(instance, 'sdkInfo.headers', (act) => {
      const other = instanceOf();
      watch(other.client.sdkInfo, 'headers', act);
      return call((path) => other.request({ path }));
    });
    await within(instance, 'options of an instance', (act) => {
      const given = { locator: 'v1:us1:id', key: 'id:secret', serviceName: 'echo' };
      const other = instanceOf(asked(given, act));
      return call((path) => other.request({ path }));
    });
    await ofEveryObject(instance);
    await ofTheEnvironment(instance);
  });
}

/** Sends requests when a promise asks its response whether it is a promise. */
async function ofEveryObject(instance) {
  await within(instance, 'response.then', async (act) => {
    watch(Object.prototype, 'then', act);
    try {
      await call((path) => instance.request({ path }));
    } finally {
      delete Object.prototype.then;
    }
  });
}

/** Sends requests when the settings of the environment are read. */
async function ofTheEnvironment(instance) {
  const { env } = process;
  await within(instance, 'process.env', (act) => {
    process.env = asked(env, act);
    try {
      return call((path) => instance.request({ path }));
    } finally {
      process.env = env;
    }
  });
  const ciphers = Object.getOwnPropertyDescriptor(tls, 'DEFAULT_CIPHERS');
  await within(instance, 'tls.DEFAULT_CIPHERS', (act) => {
    watch(tls, 'DEFAULT_CIPHERS', act);
    try {
      return call((path) => instance.request({ path }));
    } finally {
      Object.defineProperty(tls, 'DEFAULT_CIPHERS', ciphers);
    }
  });
}

run(main, report);
