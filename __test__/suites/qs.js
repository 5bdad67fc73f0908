'use strict';

// Sends the values that the tests of npm's qs write as query strings, as the `qs` of requests. qs's own test files are loaded
// with a stub of their test runner that only records the values that they stringify and the results of their parsing.

const Module = require('node:module');
const path = require('node:path');

const { compare } = require('../support/lab');

const QS = path.dirname(require.resolve('qs/package.json'));

module.exports = {
  title: 'query strings that qs writes in its tests, with qs and with querystring',
  source: `qs ${require('qs/package.json').version}, the test files of its package`,
  licence: 'BSD-3-Clause',
  isQuick: true,
  atLeast: 300,
  run: (report) => compare(report, __filename),
  cases: () =>
    noted().flatMap(({ name, value }) => [
      { name: `${name}, by qs`, options: { qs: value } },
      { name: `${name}, by querystring`, options: { qs: value, useQuerystring: true } },
      { name: `${name}, in a value`, options: { qs: { first: 1, value, last: [value] } } },
    ]),
};

/** Returns the values in the order of the tests, each named by its test and a number. */
function noted() {
  const values = [];
  let title = '';
  const note = (value) => {
    values.push({ name: `${title} #${values.length}`, value });
  };
  const stubs = {
    tape: (name, ...rest) => {
      title = name;
      const [body] = rest.filter((each) => typeof each === 'function');
      body(asserting(stubs.tape));
    },
    'safer-buffer': { Buffer },
    // These encoders are passed in an option that requests do not have.
    'iconv-lite': { encode: (text) => Buffer.from(text), decode: String },
    'qs-iconv/encoder': () => encodeURIComponent,
    'qs-iconv/decoder': () => decodeURIComponent,
  };
  const qs = {
    ...require('qs'),
    stringify(value, options) {
      note(value);
      return require('qs').stringify(value, options);
    },
    parse(text, options) {
      const value = require('qs').parse(text, options);
      note(value);
      return value;
    },
  };
  // Some tests use the current time, which would differ between the two packages.
  const RealDate = Date;
  global.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length > 0 ? given : [0]));
    }
  };
  const load = Module._load;
  Module._load = function (request, parent, ...rest) {
    if (parent?.filename.startsWith(path.join(QS, 'test'))) {
      if (request === '../') return qs;
      if (Object.hasOwn(stubs, request)) return stubs[request];
    }
    return load.call(this, request, parent, ...rest);
  };
  try {
    for (const file of ['stringify', 'parse']) require(path.join(QS, 'test', file));
  } finally {
    global.Date = RealDate;
    Module._load = load;
  }
  return values;
}

/** Returns the assertions of a test. They assert nothing, but call the functions that are passed to them. */
function asserting(test) {
  return new Proxy(
    { test },
    {
      get(target, name) {
        if (name in target) return target[name];
        return (first) => {
          if (name !== 'throws' && name !== 'doesNotThrow') return;
          try {
            first();
          } catch {
            // Whether a function throws is for qs's own tests to check.
          }
        };
      },
    },
  );
}
