'use strict';

// Makes JavaScript values of every kind from recipes: plain data that a property test can generate, shrink and print, and that
// can be sent to another process. Each package under comparison gets a fresh value, with its own counters, getters and mutable
// objects.

const { createSecretKey } = require('node:crypto');

// Every primitive except a symbol is its own recipe. The recipe of any other value is `{ make: kind, … }`.
const isRecipe = (recipe) => typeof recipe === 'object' && recipe !== null;

class Claims {}

const builders = {
  symbol: ({ text }) => Symbol.for(text),
  wellKnown: ({ name }) => Symbol[name],
  repeat: ({ text, times }) => text.repeat(times),
  date: ({ time }) => new Date(time),
  boxed: ({ value }, path) => Object(build(value, path)),
  regexp: ({ text }) => new RegExp(text.replace(/\W/g, '.'), 'gi'),
  error: ({ text }) => Object.assign(new RangeError(text), { code: text }),
  // Buffer.alloc does not use the pool; the position of a Buffer in the pool would be observable.
  buffer: ({ text }) => Buffer.alloc(Buffer.byteLength(text), text),
  bytes: ({ bytes }) => Uint8Array.from(bytes),
  secretKey: ({ text }) => createSecretKey(Buffer.from(text)),
  promise: () => Promise.resolve(1),
  parsed: ({ text }) => JSON.parse(text),
  // Only newer versions of Node have JSON.rawJSON: https://github.com/tc39/proposal-json-parse-with-source
  raw: ({ text }) => (typeof JSON.rawJSON === 'function' ? JSON.rawJSON(text) : text),
  number: ({ value }) => ({ valueOf: () => value }),
  text: ({ value }) => ({ toString: () => value }),
  untextable: () => Object.create(null),
  map: ({ entries }, path) => new Map(entries.map(([key, value]) => [key, build(value, path)])),
  set: ({ items }, path) => new Set(items.map((item) => build(item, path))),
  ancestor: ({ up }, path) => path[Math.max(0, path.length - 1 - up)],

  array({ items }, path) {
    const array = [];
    items.forEach((item, index) => {
      array.length = index + 1;
      if (item?.make !== 'hole') array[index] = build(item, [...path, array]);
    });
    return array;
  },

  function({ entries }, path) {
    return define(function claims() {}, entries, path);
  },

  object({ entries, prototype }, path) {
    return define(Object.create(prototypes[prototype]()), entries, path);
  },

  nested({ depth, inside }, path) {
    let value = build(inside, path);
    for (let level = 0; level < depth; level++) value = level % 2 ? { a: value } : [value];
    return value;
  },

  frozen: ({ value }, path) => Object.freeze(build(value, path)),

  toJSON({ entries, returns, inherited }, path) {
    const method = returns?.make === 'thrown' ? throwing(returns.text) : reporting(returns, path);
    if (inherited) return define(Object.create({ toJSON: method }), entries, path);
    const object = define({}, entries, path);
    return Object.defineProperty(object, 'toJSON', { value: method, enumerable: true });
  },

  proxy({ target, log }, path) {
    const inside = build(target, path);
    if (log !== 'throws') return new Proxy(inside, {});
    return new Proxy(inside, { get: throwing('get'), ownKeys: throwing('ownKeys') });
  },

  revoked() {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

const prototypes = {
  plain: () => Object.prototype,
  none: () => null,
  class: () => Claims.prototype,
  inheriting: () => ({
    inherited: 'claim',
    iss: 'inherited',
    get su() {
      return 'inherited';
    },
  }),
};

// A toJSON method can observe what JSON.stringify passes to it: the key and the holder.
function reporting(returns, path) {
  return function toJSON(key) {
    if (returns?.make !== 'told') return build(returns, path);
    return { key, keys: Object.keys(this), instance: this.instance };
  };
}

function throwing(text) {
  return () => {
    throw new RangeError(text);
  };
}

// Property values may be accessors; each has a counter of its own, so that a second read is observable.
const accessors = {
  getter: ({ value }, path) => ({ get: () => build(value, path) }),
  counter: () => {
    let reads = 0;
    return { get: () => ++reads };
  },
  thrower: ({ text }) => ({ get: throwing(text) }),
};

function define(object, entries, path) {
  for (const [key, value] of entries) {
    const name = isRecipe(key) ? build(key) : key;
    const accessor = accessors[value?.make];
    const descriptor = accessor
      ? accessor(value, [...path, object])
      : { value: build(value?.make === 'hidden' ? value.value : value, [...path, object]) };
    const enumerable = value?.make !== 'hidden';
    Object.defineProperty(object, name, { configurable: true, enumerable, ...descriptor });
  }
  return object;
}

/** Makes a fresh value from a recipe. */
function build(recipe, path = []) {
  return isRecipe(recipe) ? builders[recipe.make](recipe, path) : recipe;
}

module.exports = { build, isRecipe };
