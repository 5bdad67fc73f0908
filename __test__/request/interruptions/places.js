'use strict';

// The places at which a request reads an object of its caller. Each returns options whose object calls `act` at this place.

/**
 * Makes a property of an object call `act` whenever it is read.
 * @template {object} T
 * @param {T} object
 * @param {PropertyKey} name
 * @param {() => void} act
 * @returns {T}
 */
function watch(object, name, act) {
  let value = object[name];
  return Object.defineProperty(object, name, {
    enumerable: true,
    configurable: true,
    get() {
      act();
      return value;
    },
    set(next) {
      value = next;
    },
  });
}

/** Returns an object that calls `act` when it is converted to a string. */
function written(text, act) {
  return {
    toString() {
      act();
      return text;
    },
  };
}

/** Returns a proxy that calls `act` whenever anything is asked of it. */
function asked(object, act) {
  const trapOf = (name) => {
    return (...args) => {
      act();
      return Reflect[name](...args);
    };
  };
  const names = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'];
  return new Proxy(object, Object.fromEntries(names.map((name) => [name, trapOf(name)])));
}

/** Returns a signal that never aborts. */
const signalOf = () => ({ aborted: false, addEventListener() {}, removeEventListener() {} });

/** Returns a signal one of whose methods calls `act`. */
const actingSignal = (method, act) => ({ ...signalOf(), [method]: act });

/** Returns options that have every property. */
const optionsOf = (path) => ({
  path,
  method: 'POST',
  headers: { a: 'b' },
  body: { a: 1 },
  qs: { a: 1 },
  useQuerystring: false,
  jwt: 'jwt',
  timeout: 60_000,
  retry: { limit: 1, methods: ['GET', 'PUT'], statusCodes: [503, 429], maxDelay: 1 },
  signal: signalOf(),
});

const ofOptions = Object.keys(optionsOf('')).map((name) => [
  `options.${name}`,
  (path, act) => watch(optionsOf(path), name, act),
]);

const ofRetry = Object.keys(optionsOf('').retry).map((name) => [
  `retry.${name}`,
  (path, act) => ({ path, retry: watch(optionsOf(path).retry, name, act) }),
]);

/** @type {Record<string, (path: string, act: () => void) => any>} */
module.exports.places = {
  ...Object.fromEntries(ofOptions),
  'options as a proxy': (path, act) => asked(optionsOf(path), act),
  'text of path': (path, act) => ({ path: written(path, act) }),
  'text of jwt': (path, act) => ({ path, jwt: written('jwt', act) }),
  'a header': (path, act) => ({ path, headers: watch({ a: 'b' }, 'a', act) }),
  'text of a header': (path, act) => ({ path, headers: { a: written('b', act) } }),
  'a value of a header': (path, act) => ({ path, headers: { a: watch(['b', 'c'], 0, act) } }),
  'text of a value of a header': (path, act) => ({ path, headers: { a: [written('b', act)] } }),
  'headers as a proxy': (path, act) => ({ path, headers: asked({ a: 'b' }, act) }),
  'a property of body': (path, act) => ({ path, method: 'POST', body: watch({ a: 1 }, 'a', act) }),
  'body.toJSON': (path, act) => ({ path, method: 'POST', body: { toJSON: act } }),
  'body as a proxy': (path, act) => ({ path, method: 'POST', body: asked({ a: 1 }, act) }),
  'a property of qs': (path, act) => ({ path, qs: watch({ a: 1 }, 'a', act) }),
  'qs as a proxy': (path, act) => ({ path, qs: asked({ a: 1 }, act), useQuerystring: true }),
  ...Object.fromEntries(ofRetry),
  'a method to retry': (path, act) => ({ path, retry: { methods: watch(['GET'], 0, act) } }),
  'a status to retry': (path, act) => ({ path, retry: { statusCodes: watch([503], 0, act) } }),
  'retry as a proxy': (path, act) => ({ path, retry: asked(optionsOf(path).retry, act) }),
  'signal.aborted': (path, act) => ({ path, signal: watch(signalOf(), 'aborted', act) }),
  'signal.addEventListener': (path, act) => ({
    path,
    signal: actingSignal('addEventListener', act),
  }),
  'signal.removeEventListener': (path, act) => ({
    path,
    signal: actingSignal('removeEventListener', act),
  }),
  'signal as a proxy': (path, act) => ({ path, signal: asked(signalOf(), act) }),
};

/** Returns the objects of a client that a request reads, by the name of the property. */
module.exports.clientPlaces = [
  'host',
  'port',
  'serviceName',
  'serviceVersion',
  'instanceId',
  'sdkInfo',
];

Object.assign(module.exports, { watch, asked });
