'use strict';

// Recipes (see recipe.js) for every kind of JavaScript value, for property tests.

const fc = require('fast-check');
const { isRecipe } = require('./recipe');

// Strings: ASCII, astral characters, lone surrogates, control characters, characters that JSON escapes, and long strings.
const strings = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 6 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.integer({ min: 0, max: 0x9f }), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '</script>',
    '\u2028\u2029',
    '\ufeff',
    '\ud800',
    '\udfff',
    '\u00ff',
  ),
);

const longStrings = fc.record({
  make: fc.constant('repeat'),
  text: fc.constantFrom('a', '"', '\u00e9', '\u20ac', '\u{1f600}', '\ud800', '\n'),
  times: fc.integer({ min: 1, max: 20000 }),
});

const numbers = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e21, 1e-7, 5e-324, 2 ** 53 + 2, 1.5),
);

const symbols = fc.oneof(
  fc.record({ make: fc.constant('symbol'), text: fc.constantFrom('a', 'iss', '') }),
  fc.record({
    make: fc.constant('wellKnown'),
    name: fc.constantFrom('toStringTag', 'toPrimitive', 'iterator', 'hasInstance', 'species'),
  }),
);

const primitives = fc.oneof(
  { weight: 4, arbitrary: strings },
  { weight: 3, arbitrary: numbers },
  { weight: 2, arbitrary: fc.constantFrom(true, false, null, undefined) },
  fc.bigInt(),
  symbols,
);

// The claims that both packages write or check themselves, and the method that JSON.stringify looks for.
const STANDARD = ['instance', 'iss', 'iat', 'exp', 'sub', 'su', 'nbf', 'aud', 'refresh', 'toJSON'];

// Names that every object inherits: `constructor`, `toString`, `__proto__` and the rest.
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

// Integer-like keys come first in every object; the largest of them is 2^32 - 2.
const INTEGER_LIKE = ['0', '1', '10', '4294967294', '4294967295', '01', '-1', '-0', '1.5', '1e3'];

const keys = fc.oneof(
  { weight: 4, arbitrary: strings },
  { weight: 2, arbitrary: fc.constantFrom('a', 'b', 'name', 'kid', '') },
  fc.constantFrom(...STANDARD, ...INHERITED),
  fc.constantFrom(...INTEGER_LIKE, '9007199254740993'),
  symbols,
);

const textKeys = fc.oneof(strings, fc.constantFrom('a', 'b', 'name', ''));

// Copying an object restores the original meaning of `__proto__`. If the prototype is a Buffer or a Proxy, the original's
// libraries fail internally, which is not behaviour to reproduce.
const isStrange = (recipe) =>
  ['buffer', 'proxy', 'revoked'].includes(recipe?.make) ||
  (recipe?.make === 'getter' && isStrange(recipe.value));
const isSane = ([key, value]) => !(key === '__proto__' && isStrange(value));

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: primitives },
    { weight: 3, arbitrary: tie('object') },
    { weight: 2, arbitrary: tie('array') },
    { weight: 1, arbitrary: tie('exotic') },
  ),
  array: fc.record({
    make: fc.constant('array'),
    items: fc.array(
      fc.oneof({ weight: 8, arbitrary: tie('value') }, fc.constant({ make: 'hole' })),
      {
        maxLength: 4,
      },
    ),
  }),
  object: fc.record({
    make: fc.constant('object'),
    entries: tie('entries'),
    prototype: fc.oneof(
      { weight: 5, arbitrary: fc.constant('plain') },
      fc.constantFrom('none', 'class', 'inheriting'),
    ),
  }),
  entries: fc.uniqueArray(fc.tuple(keys, tie('property')).filter(isSane), {
    maxLength: 5,
    selector: ([key]) => (isRecipe(key) ? JSON.stringify(key) : key),
  }),
  property: fc.oneof(
    { weight: 12, arbitrary: tie('value') },
    fc.record({ make: fc.constant('getter'), value: tie('value') }),
    fc.record({ make: fc.constant('hidden'), value: tie('value') }),
    fc.record({ make: fc.constant('counter') }),
    fc.record({ make: fc.constant('thrower'), text: fc.constantFrom('x', 'y') }),
  ),
  exotic: fc.oneof(
    fc.record({ make: fc.constant('date'), time: fc.constantFrom(0, 1e12, NaN, -1, 8.64e15) }),
    fc.record({ make: fc.constant('boxed'), value: primitives.filter((p) => p != null) }),
    fc.record({ make: fc.constant('regexp'), text: fc.string() }),
    fc.record({ make: fc.constant('error'), text: strings }),
    fc.record({ make: fc.constant('buffer'), text: strings }),
    fc.record({ make: fc.constant('bytes'), bytes: fc.array(fc.nat(255), { maxLength: 4 }) }),
    fc.record({ make: fc.constant('promise') }),
    fc.record({ make: fc.constant('raw'), text: fc.constantFrom('1', '"a"', '1e400', 'null') }),
    fc.record({ make: fc.constant('number'), value: numbers }),
    fc.record({ make: fc.constant('text'), value: strings }),
    fc.record({
      make: fc.constant('parsed'),
      text: fc.constantFrom(
        '{"__proto__":null,"a":1}',
        '{"__proto__":{"a":1,"iss":"b"}}',
        '{"a":1,"__proto__":[]}',
        '{"__proto__":5,"iss":7}',
        '{"__proto__":{"toJSON":1}}',
      ),
    }),
    fc.record({
      make: fc.constant('map'),
      entries: fc.array(fc.tuple(strings, tie('value')), { maxLength: 2 }),
    }),
    fc.record({ make: fc.constant('set'), items: fc.array(tie('value'), { maxLength: 2 }) }),
    fc.record({ make: fc.constant('function'), entries: tie('entries') }),
    fc.record({ make: fc.constant('ancestor'), up: fc.nat(3) }),
    fc.record({
      make: fc.constant('toJSON'),
      entries: tie('entries'),
      inherited: fc.boolean(),
      returns: fc.oneof(
        tie('value'),
        fc.constantFrom({ make: 'told' }, { make: 'thrown', text: 'toJSON' }),
      ),
    }),
    fc.record({
      make: fc.constant('proxy'),
      target: fc.oneof(tie('object'), tie('array')),
      log: fc.constantFrom('nothing', 'nothing', 'throws'),
    }),
    fc.constant({ make: 'revoked' }),
    fc.record({ make: fc.constant('frozen'), value: fc.oneof(tie('object'), tie('array')) }),
    fc.record({
      make: fc.constant('nested'),
      depth: fc.integer({ min: 1, max: 300 }),
      inside: primitives,
    }),
    longStrings,
  ),
}));

// The values that services put into claims, bodies and query strings: JSON, and nothing else.
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: strings },
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(true, false, null),
    fc.record({
      make: fc.constant('array'),
      items: fc.array(tie('value'), { maxLength: 4 }),
    }),
    tie('object'),
  ),
  object: fc.record({
    make: fc.constant('object'),
    entries: fc.uniqueArray(fc.tuple(textKeys, tie('value')), {
      maxLength: 5,
      selector: ([key]) => key,
    }),
    prototype: fc.constant('plain'),
  }),
}));

module.exports = {
  INHERITED,
  isSane,
  json: json.value,
  jsonObjects: json.object,
  keys,
  longStrings,
  numbers,
  primitives,
  STANDARD,
  strings,
  values,
};
