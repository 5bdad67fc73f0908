'use strict';

// What the tests of npm's qs write as query strings, as the `qs` of requests: its own test files are loaded, with a test runner that only
// notes what they stringify and what they parse to.

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

/** The values in the order of the tests, each by its test's name and a number. */
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
    // What they encode with is an option that requests do not have.
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
  // Some tests take the time, which is not the same for the two packages.
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

/** The assertions of a test, which assert nothing, but call what they are given to call. */
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
            // Which of them throws is for qs to say.
          }
        };
      },
    },
  );
}
