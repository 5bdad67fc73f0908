'use strict';

// Presents the tokens that the tests of npm's jose pass to its verification of a JWS and a JWT, as refresh tokens. This file
// makes the cases from the values that jose's test files jws/crit, jws/compact.verify, jws/unencoded, jwt/verify, jwt/unsecured,
// util/base64url and util/decode_jwt list.

const { HEADER, claims, encode, hmac, judge, token } = require('../support/refresh_tokens');

module.exports = {
  title: 'tokens that jose judges in its tests, as refresh tokens',
  source: 'jose 6.2.9, cases written for this suite',
  licence: 'MIT',
  isQuick: true,
  atLeast: 400,
  async run(report) {
    vectors(report);
    headers(report);
    duplicates(report);
    claimsSets(report);
    times(report);
    segments(report);
    bytes(report);
    unsecured(report);
  },
};

// The HMAC examples of jose's cookbook tests, from RFC 7515, appendix A.1, and RFC 7520, section 4.4. Before the first token
// expires, it is refused because its issuer is not ours.
const VECTORS = {
  'RFC 7515, A.1': {
    header: '{"typ":"JWT",\r\n "alg":"HS256"}',
    payload: '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}',
    key: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    signature: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  },
  'RFC 7520, 4.4': {
    header: '{"alg":"HS256","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037"}',
    payload:
      'It\u2019s a dangerous business, Frodo, going out your door. You step onto the road, and if you ' +
      "don't keep your feet, there\u2019s no knowing where you might be swept off to.",
    key: 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg',
    signature: 's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0',
  },
};

function vectors(report) {
  for (const [name, { header, payload, key, signature }] of Object.entries(VECTORS)) {
    const secret = Buffer.from(key, 'base64url');
    const whole = token({ header, payload, secret });
    if (!whole.endsWith(`.${signature}`)) throw new Error(`${name} is signed otherwise: ${whole}`);
    for (const clock of [0, 1_300_819_379_999, 1_300_819_380_000, 1_700_000_000_000]) {
      judge(report, `${name} at ${clock} ms`, whole, { secret, clock });
      judge(report, `${name} cut, at ${clock} ms`, whole.slice(0, -1), { secret, clock });
    }
    // This token has the header and the key of the example, and our claims.
    judge(report, `${name} with our claims`, token({ header, secret }), { secret });
  }
}

// Cases from jws/crit and jws/unencoded: the original does not know these header parameters, and ignores them.
function headers(report) {
  const crits = [
    ...[
      '[]',
      'null',
      '""',
      '"b64"',
      '{}',
      '[null]',
      '[""]',
      '[1]',
      '["b64"]',
      '["b64","b64"]',
      '["alg"]',
    ],
    ...[
      '["exp"]',
      '["urn:example:critical"]',
      '["constructor"]',
      '["toString"]',
      '["__proto__"]',
      '["crit"]',
    ],
  ];
  const members = [
    '',
    '"b64":true',
    '"b64":false',
    '"b64":null',
    '"b64":"true"',
    '"urn:example:critical":true',
  ];
  members.push('"__proto__":true', '"__proto__":{"b64":true}', '"exp":1');
  for (const crit of crits) {
    for (const member of members) {
      const header = `{"alg":"HS256","typ":"JWT","crit":${crit}${member && `,${member}`}}`;
      judge(report, `the header ${header}`, token({ header }));
    }
  }
  for (const typ of [
    'urn:example:typ',
    'application/jwt',
    'text/plain',
    'JWT',
    'jwt',
    'Jwt',
    '',
    'application/JWT',
  ]) {
    const header = `{"alg":"HS256","typ":"${typ}"}`;
    for (const payload of [claims(), JSON.stringify(claims())]) {
      judge(
        report,
        `the payload ${payload.slice(0, 3)} of type "${typ}"`,
        token({ header, payload }),
      );
    }
  }
  // RFC 7797: a payload that is signed without being encoded.
  for (const payload of ['foo', 'é', '% ~', '\ud800', '\u0378', '$.02', claims()]) {
    for (const b64 of ['false', 'true', 'null']) {
      const head = encode(`{"alg":"HS256","b64":${b64},"crit":["b64"]}`);
      const input = `${head}.${payload}`;
      judge(report, `an unencoded payload ${payload} with b64 ${b64}`, `${input}.${hmac(input)}`);
    }
  }
  for (const [name, header] of Object.entries({
    'a header that is null': 'null',
    'a header that is a list': '[]',
    'a header that is a list of one': `[${HEADER}]`,
    'a header that is text': JSON.stringify(HEADER),
    'a header of text': '"foo"',
    'a header that is a number': '1',
    'a header that is empty': '',
    'a header without an algorithm': '{"typ":"JWT"}',
    'a header with nothing': '{}',
    'a header cut short': HEADER.slice(0, -1),
    'a header with something behind': `${HEADER} x`,
    'a header with a NUL behind': `${HEADER}\0`,
    'a header with white space around': ` \t\r\n${HEADER}\n`,
    'a header with a form feed behind': `${HEADER}\f`,
    'a header with a no-break space behind': `${HEADER}\u00a0`,
    'an algorithm that is null': '{"alg":null}',
    'an algorithm that is a list': '{"alg":["HS256"]}',
    'an algorithm by escapes': '{"\\u0061lg":"HS\\u0032\\u0035\\u0036","typ":"\\u004aWT"}',
    'an encryption': '{"alg":"dir","enc":"A256GCM"}',
    'an encryption by HMAC': '{"alg":"HS256","enc":"A256GCM","zip":"DEF"}',
  })) {
    judge(report, name, token({ header }));
  }
}

// RFC 7515, section 4: names are unique, or the last of several duplicates counts.
function duplicates(report) {
  const algorithms = ['HS256', 'HS384', 'HS512', 'none', 'RS256'];
  for (const first of algorithms) {
    for (const last of algorithms) {
      for (const bits of [256, 384, 512]) {
        const header = `{"alg":"${first}","typ":"JWT","alg":"${last}"}`;
        judge(
          report,
          `alg ${first}, then ${last}, signed with ${bits} bits`,
          token({ header, bits }),
        );
      }
    }
  }
  for (const member of [
    '"exp":1',
    '"exp":9999999999',
    '"nbf":9999999999',
    '"iss":"other"',
    '"refresh":false',
    '"sub":"x"',
  ]) {
    const name = member.split(':')[0];
    for (const other of [
      `${name}:null`,
      `${name}:2`,
      `"\\u00${name.charCodeAt(1).toString(16)}${name.slice(2)}:1`,
    ]) {
      judge(report, `${member}, then ${other}`, token({ payload: claims(member, other) }));
      judge(report, `${other}, then ${member}`, token({ payload: claims(other, member) }));
    }
    judge(
      report,
      `${member} before the rest`,
      token({ payload: `{${member},${claims().slice(1)}` }),
    );
    judge(
      report,
      `${member} under __proto__`,
      token({ payload: claims(`"__proto__":{${member}}`) }),
    );
    judge(
      report,
      `${member} under constructor`,
      token({ payload: claims(`"constructor":{"prototype":{${member}}}`) }),
    );
  }
}

// Cases from jwt/verify and util/decode_jwt.
function claimsSets(report) {
  const others = [
    '0',
    '1',
    '-1',
    'true',
    'false',
    'null',
    '[]',
    '""',
    '{',
    '{}',
    '',
    '{"notajson',
    '[1]',
    `[${claims()}]`,
  ];
  others.push(
    JSON.stringify(claims()),
    JSON.stringify(JSON.stringify(claims())),
    `"${encode(claims())}"`,
  );
  for (const payload of others) {
    judge(report, `the claims set ${payload}`, token({ payload }));
    judge(
      report,
      `the claims set ${payload} without a type`,
      token({ header: '{"alg":"HS256"}', payload }),
    );
  }
  for (const claim of ['iat', 'nbf', 'exp']) {
    for (const value of ['null', '"1"', 'true', '[]', '{}']) {
      judge(report, `${claim} ${value}`, token({ payload: claims(`"${claim}":${value}`) }));
    }
  }
  // These cases show the order of the checks: the signature is verified before the claims.
  for (const payload of [
    '{"exp":0}',
    claims('"exp":0'),
    claims('"nbf":9999999999'),
    claims('"exp":"a"'),
  ]) {
    judge(report, `${payload} of the right secret`, token({ payload }));
    judge(report, `${payload} of another secret`, token({ payload, secret: '\0\x01' }));
  }
}

// Cases from jwt/verify, whose tests set the clock to this time.
function times(report) {
  const clock = 1_604_416_038;
  for (const claim of ['exp', 'nbf', 'iat']) {
    for (const difference of [-1e9, -31, -10, -1, -0.5, 0, 0.5, 1, 10, 1e9, 1e18]) {
      const payload = claims(`"${claim}":${clock + difference}`);
      for (const milliseconds of [0, 1, 999]) {
        const name = `${claim} ${difference} s from now, and ${milliseconds} ms`;
        judge(report, name, token({ payload }), { clock: clock * 1000 + milliseconds });
      }
    }
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

// Cases from util/base64url: these characters are inside, before or after a segment. The signature is correct for the sent text.
const ODD = [
  '=',
  '==',
  '===',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '+',
  '/',
  '!',
  '.',
  '\0',
  '\u00e9',
  '\u0141',
  '\ufeff',
  '%3D',
  'A',
  'AA',
  '-',
  '_',
];

function segments(report) {
  const parts = { header: encode(HEADER), payload: encode(claims()) };
  const send = (name, { header, payload }, change = (signature) => signature) => {
    const input = `${header}.${payload}`;
    judge(report, name, `${input}.${change(hmac(input))}`);
  };
  const places = {
    before: (text, odd) => odd + text,
    within: (text, odd) => text.slice(0, 6) + odd + text.slice(6),
    behind: (text, odd) => text + odd,
  };
  for (const odd of ODD) {
    for (const [place, put] of Object.entries(places)) {
      const where = `${JSON.stringify(odd)} ${place} the`;
      send(`${where} header`, { ...parts, header: put(parts.header, odd) });
      send(`${where} payload`, { ...parts, payload: put(parts.payload, odd) });
      send(`${where} signature`, parts, (signature) => put(signature, odd));
    }
  }
  // Payloads of each length modulo three, whose last digit takes every value that is possible.
  for (const extra of ['', ' ', '  ']) {
    for (const digit of DIGITS) {
      const payload = encode(claims() + extra).slice(0, -1) + digit;
      send(`${extra.length} bytes more, and the last digit ${digit}`, { ...parts, payload });
    }
  }
  for (const digit of DIGITS)
    send(`a signature ending in ${digit}`, parts, (signature) => signature.slice(0, -1) + digit);
  for (let cut = 1; cut <= 8; cut += 1) {
    send(`a signature cut by ${cut}`, parts, (signature) => signature.slice(0, -cut));
    send(`a header cut by ${cut}`, { ...parts, header: parts.header.slice(0, -cut) });
    send(`a payload cut by ${cut}`, { ...parts, payload: parts.payload.slice(0, -cut) });
  }
  send('a payload in the standard alphabet', {
    ...parts,
    payload: standard(encode(claims('"a":"\u00ff\u00fe>>>???"'))),
  });
  send('a signature in the standard alphabet', parts, (signature) =>
    standard(`${signature.slice(0, -2)}-_`),
  );
}

const standard = (text) => text.replace(/-/g, '+').replace(/_/g, '/');

// Cases from jwt/verify: bytes that are not UTF-8, in the claims and in the header.
const SEQUENCES = [
  ...[
    [0xc0, 0xaf],
    [0xc0, 0x80],
    [0x80],
    [0xbf],
    [0xff],
    [0xfe],
    [0xc3],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x98],
  ],
  ...[
    [0xed, 0xa0, 0x80],
    [0xed, 0xb0, 0x80],
    [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe0, 0x80, 0xaf],
  ],
  ...[
    [0xf8, 0x88, 0x80, 0x80, 0x80],
    [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
    [0xef, 0xbb, 0xbf],
    [0xef, 0xbf, 0xbf],
    [0xc2, 0x85],
  ],
  ...[
    [0xe2, 0x80, 0xa8],
    [0xf0, 0x80, 0x80, 0x80],
    [0x7f],
    [0xc3, 0x28],
    [0xe2, 0x28, 0xa1],
    [0xf0, 0x28, 0x8c, 0x28],
  ],
];

function bytes(report) {
  for (const sequence of SEQUENCES) {
    const odd = Buffer.from(sequence);
    const hex = odd.toString('hex');
    const userId = `a${odd}b`;
    const split = (text) =>
      text
        .split('ODD')
        .flatMap((part, index) => (index ? [odd, Buffer.from(part)] : [Buffer.from(part)]));
    const inside = (text) => Buffer.concat(split(text));
    judge(report, `${hex} in sub`, token({ payload: inside(claims('"sub":"aODDb"')) }), { userId });
    judge(report, `${hex} in another claim`, token({ payload: inside(claims('"x":"aODDb"')) }));
    judge(report, `${hex} in a name`, token({ payload: inside(claims('"aODDb":1')) }));
    judge(report, `${hex} before the claims`, token({ payload: inside(`ODD${claims()}`) }));
    judge(report, `${hex} behind the claims`, token({ payload: inside(`${claims()}ODD`) }));
    judge(report, `${hex} between two claims`, token({ payload: inside(claims('ODD"a":1')) }));
    judge(
      report,
      `${hex} in the header`,
      token({ header: inside('{"alg":"HS256","typ":"JWT","kid":"ODD"}') }),
    );
    judge(
      report,
      `${hex} in the algorithm`,
      token({ header: inside('{"alg":"HS256ODD","typ":"JWT"}') }),
    );
    judge(
      report,
      `${hex} in the type`,
      token({ header: inside('{"alg":"HS256","typ":"JWTODD"}') }),
    );
    judge(report, `${hex} before the header`, token({ header: inside(`ODD${HEADER}`) }));
  }
  for (const encoding of ['utf16le', 'latin1']) {
    judge(
      report,
      `claims in ${encoding}`,
      token({ payload: Buffer.from(claims('"x":"\u00e9"'), encoding) }),
    );
    judge(report, `a header in ${encoding}`, token({ header: Buffer.from(HEADER, encoding) }));
  }
}

// Cases from jwt/unsecured.
function unsecured(report) {
  for (const header of [
    '{"alg":"none"}',
    '{"alg":"none","typ":"JWT"}',
    '{"alg":"none","crit":["b64"],"b64":false}',
    '{}',
  ]) {
    for (const payload of [claims(), '{}', 'null', '++++']) {
      for (const signature of ['', ' ', 'foo', hmac(`${encode(header)}.${encode(payload)}`)]) {
        const name = `${header} with ${payload} and the signature "${signature}"`;
        judge(
          report,
          name,
          `${encode(header)}.${payload === '++++' ? payload : encode(payload)}.${signature}`,
        );
      }
    }
  }
  for (const nothing of [
    '..',
    '..foo',
    '....',
    '.....',
    '.',
    '.a.',
    'a..',
    'a.b.',
    '.b.c',
    'a..c',
  ]) {
    judge(report, `the token "${nothing}"`, nothing);
  }
}
