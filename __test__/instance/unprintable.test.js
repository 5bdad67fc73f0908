'use strict';

// Tests that every way to print an ErrorResponse works, whatever the body of the response holds.

const assert = require('node:assert/strict');
const { suite, test } = require('node:test');
const { inspect, format } = require('node:util');
const fc = require('fast-check');

const { createPlatform } = require('pusher-platform-native/testing');
const { conclude } = require('../../lib/request/conclude');
const { run } = require('../support/child');
const { IDENTITY } = require('../support/local');
const { originalModule } = require('../support/packages');
const { INHERITED, strings } = require('../support/values');

const Original = originalModule('common').ErrorResponse;

/** JSON texts, with names that objects inherit, and with numbers and nesting that no program would write. */
const texts = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: strings.map((text) => JSON.stringify(text)) },
    fc.constantFrom('null', 'true', 'false', '0', '-0', '1e400', '1e20', `1${'0'.repeat(400)}`),
    { weight: 4, arbitrary: tie('object') },
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items}]`),
    fc
      .tuple(fc.constantFrom(2, 20_000), tie('object'))
      .map(([depth, inner]) => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`),
  ),
  name: fc.oneof(
    strings,
    fc.constantFrom(...INHERITED, 'toJSON', 'name', 'message', 'stack', 'length', 'then'),
  ),
  object: fc
    .array(fc.tuple(tie('name'), tie('value')), { maxLength: 4 })
    .map((entries) => `{${entries.map(([name, text]) => `${JSON.stringify(name)}:${text}`)}}`),
}));

const bodies = fc
  .record(
    { error: texts.value, error_description: texts.value, error_uri: texts.value },
    { requiredKeys: [] },
  )
  .map((members) => `{${Object.entries(members).map(([name, text]) => `"${name}":${text}`)}}`);

// Shrinking a text that is nested this deep would take minutes.
const RUNS = { numRuns: 100, endOnFailure: true };

const WAYS = {
  message: (error) => error.message,
  stack: (error) => error.stack,
  template: (error) => `${error}`,
  String: (error) => String(error),
  join: (error) => [error].join(),
  inspect: (error) => inspect(error),
  'inspect of what is hidden': (error) => inspect(error, { showHidden: true }),
  'inspect without its own function': (error) => inspect(error, { customInspect: false }),
  format: (error) => format('%s %o %O %j', error, error, error, {}),
  'inspect of a cause': (error) => inspect(Object.assign(new Error('outer'), { cause: error })),
};

/** Returns the error that a response with this body becomes. */
function errorOf(body) {
  let error;
  const reject = (reason) => {
    error = reason;
  };
  const call = { method: 'GET', headers: {}, input: { path: 'path' }, attempts: 1 };
  conclude({ ...call, resolve: reject, reject }, { statusCode: 400, headers: {}, body });
  return error;
}

function outcomeOf(call) {
  try {
    return { returned: call() };
  } catch (error) {
    return { threw: error.name };
  }
}

suite('an ErrorResponse', () => {
  test('is printed whatever the body holds', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const error = errorOf(body);
        for (const [name, print] of Object.entries(WAYS)) {
          const { returned, threw } = outcomeOf(() => print(error));
          assert.equal(typeof returned, 'string', `${name}: ${threw}`);
        }
        assert.match(String(error), /^ErrorResponse 400 /);
      }),
      RUNS,
    );
  });

  test('has the JSON of the original', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const { status, headers, error, error_description, error_uri } = errorOf(body);
        const given = { status, headers, error, error_description, error_uri };
        assert.deepEqual(
          outcomeOf(() => JSON.stringify(errorOf(body))),
          outcomeOf(() => JSON.stringify(new Original(given))),
        );
      }),
      RUNS,
    );
  });

  test('cuts a text that is too long to be printed', () => {
    const { message } = errorOf(`{"error":"${'a'.repeat(2 ** 21)}","error_description":"b"}`);
    assert.match(message, /^a{1048576}…: b$/);
  });
});

const HOSTILE = [
  '{"error":"e","error_description":{"toString":null}}',
  '{"error":"e","error_description":{"toString":{},"valueOf":{}}}',
  `{"error":"e","error_description":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  '{"error":"e","error_uri":{"__proto__":null,"constructor":null,"toString":1}}',
];

for (const transport of ['auto', 'node']) {
  test(`a rejection that nobody handles is printed: ${transport}`, async (t) => {
    const platform = await createPlatform(IDENTITY);
    t.after(() => platform.close());
    const env = { PUSHER_PLATFORM_TRANSPORT: transport };
    for (const body of HOSTILE) {
      platform.on('GET', 'bad', { status: 400, body });
      const { code, stderr } = await run(
        `
        const { Instance } = require('.');
        const { optionsOf } = require('./__test__/support/local');
        const { host, port, ca } = JSON.parse(process.argv[1]);
        const instance = new Instance(optionsOf({ host, port, ca }));
        const jwt = instance.generateAccessToken({ su: true }).token;
        const make = () => instance.request({ method: 'GET', path: 'bad', jwt });
        make().catch((error) => {
          console.error(error);
          console.error('%s', error);
          make();
        });`,
        { env, args: [JSON.stringify(platform)] },
      );
      // Node prints what nobody handles either by its stack or with its properties.
      const printed = stderr.match(/ErrorResponse (400 e|{\n)/g) ?? [];
      assert.deepEqual([printed.length, code], [3, 1], stderr);
    }
  });
}
