'use strict';

// Compares the errors and requests that invalid input leads to, immediately or later, with the original's.

const { inspect } = require('node:util');

const { answers, compare, PATH, rejects, resolves, SDK_HEADERS, sent } = require('./support');

// Responds with 200 to every request; invalid input never reaches this server.
const polite = answers(() => ({ body: 'body' }));

const polites = { headers: { 'content-length': '4' }, body: 'body' };

const cases = (table, differences = {}) =>
  Object.entries(table).map(([name, call]) => ({
    name,
    call,
    peers: [polite],
    differs: differences[name],
  }));

/** Returns the same call with each of many values, which JSON must be able to represent. */
const each = (values, call, describe = JSON.stringify, differences = {}) =>
  values.map((value) => ({
    name: describe(value),
    call,
    given: { value },
    peers: [polite],
    differs: differences[describe(value)],
  }));

/** Ours rejects with an error that names the option, and sends nothing. */
const named = (message, code = 'ERR_INVALID_ARG_VALUE') =>
  rejects('nobody can mean it', { type: 'TypeError', message, code }, () => []);

const noPath = (value) =>
  named(`The "path" option must be a string; it is ${value}`, 'ERR_INVALID_ARG_TYPE');

const UNPRINTABLE = [
  0x00, 0x01, 0x08, 0x09, 0x0a, 0x0b, 0x0d, 0x1f, 0x7f, 0x80, 0xa0, 0xff, 0x100, 0x20ac,
];

compare('header names', [
  ...each(
    [
      ...['a\r\nb', 'a\nb', 'a\rb', 'a b', ' a', 'a ', 'a:', ':a', '', 'a\tb', 'a\0', 'é', '€'],
      ...['a(b', 'a/b', 'a@b', 'a"b', 'a,b', 'a;b', 'a=b', 'a?b', 'a[b', 'a\\b', 'a{b', '\ud800'],
      ...["!#$%&'*+-.^_`|~09azAZ", '0', '__proto__x', 'constructor', 'toString', 'a\u0130'],
    ],
    ({ client, given }) => client().request({ path: 'path', headers: { [given.value]: '1' } }),
  ),
  ...cases({
    'one in two cases': ({ client }) =>
      client().request({ path: 'path', headers: { 'X-A': '1', 'x-a': '2' } }),
    'a symbol': ({ client }) => client().request({ path: 'path', headers: { [Symbol('a')]: '1' } }),
    'an inherited one': ({ client }) =>
      client().request({ path: 'path', headers: Object.create({ inherited: '1' }) }),
  }),
]);

compare('header values', [
  ...each(
    UNPRINTABLE.map((code) => `a${String.fromCharCode(code)}b`),
    ({ client, given }) => client().request({ path: 'path', headers: { 'X-A': given.value } }),
    (value) => `U+${value.charCodeAt(1).toString(16)}`,
  ),
  ...each(
    [
      ...[
        'a\r\nX-B: b',
        'a\r\n\r\nGET / HTTP/1.1',
        '\ud83d\ude00',
        '\ud800',
        '',
        ' ',
        ' a ',
        '\ta',
      ],
      ...[0, -1, 1.5, 1e21, true, false, null, {}, [], ['a'], ['a', 'b'], ['a', 1], [['a', 'b']]],
      ...[[''], [null], ['a\r\nb'], ['€'], { toString: 1 }, { a: 1 }],
    ],
    ({ client, given }) => client().request({ path: 'path', headers: { 'X-A': given.value } }),
  ),
  ...cases({
    undefined: ({ client }) => client().request({ path: 'path', headers: { 'X-A': undefined } }),
    'a list of undefined': ({ client }) =>
      client().request({ path: 'path', headers: { 'X-A': [undefined, 'a'] } }),
    NaN: ({ client }) => client().request({ path: 'path', headers: { 'X-A': Number.NaN } }),
    'a BigInt': ({ client }) => client().request({ path: 'path', headers: { 'X-A': 10n } }),
    'a symbol': ({ client }) => client().request({ path: 'path', headers: { 'X-A': Symbol('a') } }),
    'a list of a symbol': ({ client }) =>
      client().request({ path: 'path', headers: { 'X-A': [Symbol('a')] } }),
    'a function': ({ client }) => client().request({ path: 'path', headers: { 'X-A': () => 1 } }),
    'a date': ({ client }) => client().request({ path: 'path', headers: { 'X-A': new Date(0) } }),
    'an object of its own text': ({ client }) =>
      client().request({ path: 'path', headers: { 'X-A': { toString: () => 'text' } } }),
    'an object whose text throws': ({ client }) => {
      const value = {
        toString: () => {
          throw new RangeError('text');
        },
      };
      return client().request({ path: 'path', headers: { 'X-A': value } });
    },
    'an object without a text': ({ client }) =>
      client().request({ path: 'path', headers: { 'X-A': Object.create(null) } }),
    'a getter that throws': ({ client }) => {
      const headers = {
        get 'X-A'() {
          throw new RangeError('getter');
        },
      };
      return client().request({ path: 'path', headers });
    },
    'a String': ({ client }) =>
      client().request({ path: 'path', headers: { 'X-A': new String('a') } }),
    'a Buffer': ({ client }) =>
      client().request({ path: 'path', headers: { 'X-A': Buffer.from('a') } }),
  }),
]);

compare(
  'headers that steer a connection',
  each(
    [
      ['GET', { Host: 'elsewhere.example' }],
      ['GET', { host: '' }],
      ['GET', { HOST: 'a b' }],
      ['GET', { Host: ['a', 'b'] }],
      ['GET', { Connection: 'close' }],
      ['GET', { Connection: 'keep-alive' }],
      ['GET', { Connection: 'Upgrade', Upgrade: 'h2c' }],
      ['GET', { Accept: 'text/plain' }],
      ['GET', { Accept: '' }],
      ['GET', { 'Accept-Encoding': 'gzip' }],
      ['GET', { 'Content-Length': '0' }],
      ['GET', { 'Content-Length': 0 }],
      ['POST', { 'Content-Length': '' }],
      ['POST', { 'Content-Length': '0' }],
      ['POST', { Expect: 'x' }],
      ['POST', { 'Content-Type': 'text/plain' }, {}],
      ['POST', { 'content-type': '' }, {}],
      ['POST', { 'Content-Type': null }, {}],
      ['POST', { 'Content-Length': '2' }, {}],
      ['POST', { 'content-length': 2 }, {}],
      ['POST', { TE: 'trailers' }, {}],
      ['GET', { Cookie: 'a=1' }],
      ['GET', { Cookie: ['a=1', 'b=2'] }],
      ['GET', { 'User-Agent': 'a' }],
      ['GET', { 'User-Agent': '' }],
      ['GET', { 'Proxy-Authorization': 'Basic YTpi' }],
      ['GET', { Authorization: 'Basic YTpi' }],
      ['GET', { authorization: ['a', 'b'] }],
    ],
    ({ client, given: { value } }) => {
      const [method, headers, body] = value;
      return client().request({ method, path: 'path', headers, body });
    },
  ),
);

compare('jwt', [
  ...each(
    ['', 'a', ' a ', 'a\r\nb', 'é', '€', 0, 1, true, false, null, {}, [], ['a', 'b']],
    ({ client, given }) => client().request({ path: 'path', jwt: given.value }),
    JSON.stringify,
    {
      '{}': named(
        'The "jwt" option must be a string; it is an object: pass the `token` that is in the result of generateAccessToken',
      ),
    },
  ),
  ...cases({
    'a symbol': ({ client }) => client().request({ path: 'path', jwt: Symbol('a') }),
    'an object whose text throws': ({ client }) => {
      const jwt = {
        toString: () => {
          throw new RangeError('text');
        },
      };
      return client().request({ path: 'path', jwt });
    },
    'beside an authorization': ({ client }) =>
      client().request({ path: 'path', jwt: 'a', headers: { Authorization: 'b' } }),
    'beside an authorization in lower case': ({ client }) =>
      client().request({ path: 'path', jwt: 'a', headers: { authorization: 'b' } }),
  }),
]);

compare('methods', [
  ...each(
    [
      ...[
        'get',
        'Get',
        'post',
        'delete',
        'HEAD',
        'head',
        'OPTIONS',
        'TRACE',
        'FOO',
        'foo',
        'M-SEARCH',
      ],
      ...[
        '',
        'G T',
        ' GET',
        'GET ',
        'GET\r\nA: 1',
        'GET / HTTP/1.1\r\n',
        'é',
        'GET\0',
        'G(T',
        '0',
        "!#$%&'*",
      ],
      ...[0, 1, true, false, null, {}, [], ['GET'], ['get', 'post']],
    ],
    ({ client, given }) => client().request({ method: given.value, path: 'path' }),
  ),
  ...cases({
    undefined: ({ client }) => client().request({ method: undefined, path: 'path' }),
    'a symbol': ({ client }) => client().request({ method: Symbol('GET'), path: 'path' }),
    'a function': ({ client }) => client().request({ method: () => 'GET', path: 'path' }),
    'a String': ({ client }) => client().request({ method: new String('GET'), path: 'path' }),
    'HEAD with a body': ({ client }) =>
      client().request({ method: 'HEAD', path: 'path', body: {} }),
    'HEAD with a body of null': ({ client }) =>
      client().request({ method: 'HEAD', path: 'path', body: null }),
    'head with a body': ({ client }) =>
      client().request({ method: 'head', path: 'path', body: {} }),
    'GET with a body': ({ client }) => client().request({ method: 'GET', path: 'path', body: {} }),
    'a bad one with a body': ({ client }) =>
      client().request({ method: 'G T', path: 'path', body: {} }),
  }),
]);

compare('bodies', [
  ...each(
    [null, 0, -1, 1e300, true, false, '', 'text', [], {}, [null], { a: { b: [1] } }, '€\u2028'],
    ({ client, given }) => client().request({ method: 'POST', path: 'path', body: given.value }),
  ),
  ...cases({
    undefined: ({ client }) => client().request({ method: 'POST', path: 'path', body: undefined }),
    circular: ({ client }) => {
      const body = { name: 'a' };
      body.self = body;
      return client().request({ method: 'POST', path: 'path', body });
    },
    'circular, further in': ({ client }) => {
      const body = { list: [{}] };
      body.list[0].up = body;
      return client().request({ method: 'POST', path: 'path', body });
    },
    'a BigInt': ({ client }) => client().request({ method: 'POST', path: 'path', body: 1n }),
    'a BigInt within': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: { a: [1n] } }),
    'a symbol': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: Symbol('a') }),
    'a function': ({ client }) => client().request({ method: 'POST', path: 'path', body: () => 1 }),
    'undefined and functions within': ({ client }) =>
      client().request({
        method: 'POST',
        path: 'path',
        body: { a: undefined, b: [undefined, () => 1] },
      }),
    NaN: ({ client }) => client().request({ method: 'POST', path: 'path', body: Number.NaN }),
    'a date': ({ client }) => client().request({ method: 'POST', path: 'path', body: new Date(0) }),
    'a map': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: new Map([[1, 2]]) }),
    'a Buffer': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: Buffer.from('a') }),
    'a lone surrogate': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: '\ud800' }),
    'toJSON of another value': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: { toJSON: () => 'other' } }),
    'toJSON of undefined': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: { toJSON: () => undefined } }),
    'toJSON that throws': ({ client }) => {
      const body = {
        toJSON: () => {
          throw new RangeError('toJSON');
        },
      };
      return client().request({ method: 'POST', path: 'path', body });
    },
    'a getter that throws': ({ client }) => {
      const body = {
        get a() {
          throw new RangeError('getter');
        },
      };
      return client().request({ method: 'POST', path: 'path', body });
    },
    'without a prototype': ({ client }) =>
      client().request({ method: 'POST', path: 'path', body: Object.create(null) }),
  }),
]);

const optionCases = cases(
  {
    none: ({ client }) => client().request(),
    null: ({ client }) => client().request(null),
    'a number': ({ client }) => client().request(1),
    'a string': ({ client }) => client().request('path'),
    'a list': ({ client }) => client().request([]),
    empty: ({ client }) => client().request({}),
    'a getter that throws': ({ client }) =>
      client().request({
        get path() {
          throw new RangeError('getter');
        },
      }),
    frozen: ({ client }) => client().request(Object.freeze({ path: 'path' })),
    'path undefined': ({ client }) => client().request({ path: undefined }),
    'path, a symbol': ({ client }) => client().request({ path: Symbol('path') }),
    'path, a BigInt': ({ client }) => client().request({ path: 1n }),
    'path, a function': ({ client }) => client().request({ path: function path() {} }),
    'path, an object whose text throws': ({ client }) =>
      client().request({
        path: {
          toString: () => {
            throw new RangeError('text');
          },
        },
      }),
    'path, an object without a text': ({ client }) =>
      client().request({ path: Object.create(null) }),
    'headers, a map': ({ client }) =>
      client().request({ path: 'path', headers: new Map([['a', 'b']]) }),
    'headers, of the fetch standard': ({ client }) =>
      client().request({ path: 'path', headers: new Headers([['a', 'b']]) }),
    'headers, a symbol': ({ client }) => client().request({ path: 'path', headers: Symbol('a') }),
    'headers, a function': ({ client }) => client().request({ path: 'path', headers: () => 1 }),
    'useQuerystring, a string': ({ client }) =>
      client().request({ path: 'path', qs: { a: [1, 2] }, useQuerystring: 'no' }),
    'useQuerystring, null': ({ client }) =>
      client().request({ path: 'path', qs: { a: [1, 2] }, useQuerystring: null }),
    'qs, a symbol': ({ client }) => client().request({ path: 'path', qs: Symbol('a') }),
    'qs, a function': ({ client }) => client().request({ path: 'path', qs: () => 1 }),
    'qs, circular': ({ client }) => {
      const qs = {};
      qs.self = qs;
      return client().request({ path: 'path', qs, useQuerystring: true });
    },
    'qs, of a symbol': ({ client }) => client().request({ path: 'path', qs: { a: Symbol('a') } }),
    'qs, of a lone surrogate': ({ client }) =>
      client().request({ path: 'path', qs: { a: '\ud800' } }),
    'qs, of a lone surrogate, by querystring': ({ client }) =>
      client().request({ path: 'path', qs: { a: '\ud800' }, useQuerystring: true }),
    'qs, a getter that throws': ({ client }) =>
      client().request({
        path: 'path',
        qs: {
          get a() {
            throw new RangeError('getter');
          },
        },
      }),
  },
  Object.fromEntries(
    ['a number', 'a string', 'a list', 'empty', 'path undefined'].map((name) => [
      name,
      noPath('undefined'),
    ]),
  ),
);

compare('options', [
  ...optionCases,
  ...each(
    [null, 0, 1, true, false, '', {}, [], ['a', 'b'], { a: 1 }],
    ({ client, given }) => client().request({ path: given.value }),
    (value) => `path, ${JSON.stringify(value)}`,
    { 'path, null': noPath('null') },
  ),
  ...each(
    [null, 0, 1, true, '', 'ab', [], ['a'], [['a', 'b']]],
    ({ client, given }) => client().request({ path: 'path', headers: given.value }),
    (value) => `headers, ${JSON.stringify(value)}`,
  ),
  ...each(
    [null, 0, 1, true, '', 'ab', [], ['a'], { a: null }],
    ({ client, given }) => client().request({ path: 'path', qs: given.value }),
    (value) => `qs, ${JSON.stringify(value)}`,
  ),
]);

compare(
  'paths',
  each(
    [
      ...[
        'a\r\nb',
        'a\nb',
        'a\tb',
        'a\0b',
        'a\x01b',
        'a\x7fb',
        'a b',
        'a\\b',
        'a"b',
        'a<b>',
        'a`b',
        'a{b}',
      ],
      ...['a|b', 'a^b', "a'b", 'a?b', 'a#b', 'a%b', 'a%zz', 'a%2Fb', 'a@b', 'a:b', 'a;b', 'a=b&c'],
      ...[
        '.',
        '..',
        '../../..',
        './a/../b',
        '//a',
        '\\\\a',
        '@host',
        '?',
        '#',
        ':1',
        'https://host/',
      ],
      ...['a'.repeat(10_000)],
    ],
    ({ client, given }) => client().request({ path: given.value }),
    (value) => JSON.stringify(value).slice(0, 40),
    {
      [JSON.stringify('a\x7fb')]: {
        reason: 'percent-encoded, for valid HTTP',
        expect: ({ requests: [request], ...original }) => ({
          ...original,
          requests: [{ ...request, target: PATH.replace('path', 'a%7Fb') }],
        }),
      },
    },
  ),
);

/** Ours sends the request where the original throws, because the original has no place to write a call's headers to. */
const sendsTheCalls = (headers) =>
  resolves("the call's headers need no place in sdkInfo", polites, ([port]) => [
    sent(`127.0.0.1:${port}`, { ...withoutSdk, ...headers }),
  ]);
const withoutSdk = Object.fromEntries(Object.keys(SDK_HEADERS).map((name) => [name, undefined]));

compare(
  'clients',
  cases(
    {
      'no options': ({ BaseClient }) => new BaseClient(),
      'options null': ({ BaseClient }) => new BaseClient(null),
      'options empty': ({ BaseClient }) => new BaseClient({}).request({ path: 'path' }),
      'no sdkInfo': ({ client }) => client({ sdkInfo: undefined }).request({ path: 'path' }),
      'sdkInfo null': ({ client }) => client({ sdkInfo: null }).request({ path: 'path' }),
      'sdkInfo without headers': ({ client }) => client({ sdkInfo: {} }).request({ path: 'path' }),
      'sdkInfo without headers, but a jwt': ({ client }) =>
        client({ sdkInfo: {} }).request({ path: 'path', jwt: 'a' }),
      'sdkInfo without headers, but some': ({ client }) =>
        client({ sdkInfo: {} }).request({ path: 'path', headers: { a: 'b' } }),
      'sdkInfo of headers null': ({ client }) =>
        client({ sdkInfo: { headers: null } }).request({ path: 'path' }),
      'sdkInfo of headers a string': ({ client }) =>
        client({ sdkInfo: { headers: 'ab' } }).request({ path: 'path' }),
      'sdkInfo of bad headers': ({ client }) =>
        client({ sdkInfo: { headers: { 'a b': 'c' } } }).request({ path: 'path' }),
      'sdkInfo of frozen headers': ({ client }) =>
        client({ sdkInfo: { headers: Object.freeze({ a: 'b' }) } }).request({ path: 'path' }),
      'sdkInfo, whose product has a line break': ({ client, SDKInfo }) =>
        client({ sdkInfo: new SDKInfo({ productName: 'a\r\nb', version: '1' }) }).request({
          path: 'path',
        }),
      'sdkInfo, whose product is none': ({ client, SDKInfo }) =>
        client({ sdkInfo: new SDKInfo({}) }).request({ path: 'path' }),
      'no service': ({ client }) =>
        client({
          serviceName: undefined,
          serviceVersion: undefined,
          instanceId: undefined,
        }).request({
          path: 'path',
        }),
      'serviceName, a symbol': ({ client }) =>
        client({ serviceName: Symbol('a') }).request({ path: 'path' }),
      'serviceName, odd': ({ client }) =>
        client({ serviceName: '../a?b#c', serviceVersion: ' ', instanceId: '' }).request({
          path: 'path',
        }),
      'request without its client': ({ client }) => {
        const { request } = client();
        return request({ path: 'path' });
      },
      'a client whose class is called': ({ BaseClient }) => BaseClient({}),
    },
    {
      'sdkInfo without headers, but a jwt': sendsTheCalls({ authorization: 'Bearer a' }),
      'sdkInfo without headers, but some': sendsTheCalls({ a: 'b' }),
    },
  ),
);

// The original finds another port than these, or none, and requests a path such as `/:abc/services/…`.
const LOST_PORTS = [
  ...[-1, 1.5, 1e21, true, {}],
  ...['-1', 'abc', '0x1', '1.5', ' 1', '1@127.0.0.1', '1:1'],
];
const FOUND_PORTS = [
  ...[0, 65_535, 65_536, 99_999, false, null, []],
  ...['', '0', '1', '01', '65536', '\t1', '1\n', '1 ', '1/a', '1?a', '1#a'],
];
const badPort = (value) =>
  named(`The "port" option must be a number from 1 to 65535; it is ${inspect(value)}`);

compare('ports', [
  ...each(
    [...LOST_PORTS, ...FOUND_PORTS],
    ({ client, given }) => client({ port: given.value }).request({ path: 'path' }),
    JSON.stringify,
    Object.fromEntries(LOST_PORTS.map((value) => [JSON.stringify(value), badPort(value)])),
  ),
  ...cases(
    {
      undefined: ({ client }) => client({ port: undefined }).request({ path: 'path' }),
      NaN: ({ client }) => client({ port: Number.NaN }).request({ path: 'path' }),
      Infinity: ({ client }) =>
        client({ port: Number.POSITIVE_INFINITY }).request({ path: 'path' }),
      'a BigInt': ({ client }) => client({ port: 1n }).request({ path: 'path' }),
      'a symbol': ({ client }) => client({ port: Symbol('1') }).request({ path: 'path' }),
      'the right one, a string': ({ client, port }) =>
        client({ port: String(port) }).request({ path: 'path' }),
      'the right one, in a line of text': ({ client, port }) =>
        client({ port: `\t${port}\n` }).request({ path: 'path' }),
    },
    { Infinity: badPort(Number.POSITIVE_INFINITY) },
  ),
]);

const badHost = (rest) => named(`The "host" option must be a name or an IP address; it ${rest}`);

const noUri = (authority) =>
  rejects('no URL can have this host', { message: `Invalid URI "https://${authority}${PATH}"` });
const longHost = `${'a.'.repeat(130)}invalid`;

const hostDifferences = {
  '"@"': noUri(':1'),
  '"?"': noUri('?:1'),
  '"#"': noUri('#:1'),
  '"[]"': noUri('[]:1'),
  '[]': noUri(':1'),
  '"https://a.invalid"': badHost('is a URL'),
  '"//a.invalid"': badHost('is a URL'),
  '"127.0.0.1:2"': badHost("has a port: pass host: '127.0.0.1', port: 2"),
  '"a.invalid:80"': badHost("has a port: pass host: 'a.invalid', port: 80"),
  // The original connects to this machine instead.
  [JSON.stringify(longHost).slice(0, 40)]: rejects('no name is this long', {
    message: `getaddrinfo EINVAL ${longHost}`,
    code: 'EINVAL',
    errno: -22,
    syscall: 'getaddrinfo',
    hostname: longHost,
  }),
};

// Nothing listens on port 1, and no name below `invalid` exists (RFC 6761, section 6.4): if a package reads a host as another
// one, the error shows which. The lookups are made one at a time, because resolvers may drop some of many.
compare(
  'hosts',
  [
    ...each(
      [
        ...[
          '',
          ' ',
          '/',
          '@',
          '?',
          '#',
          'a.invalid/b',
          'a.invalid//b',
          'a@b.invalid',
          'a:b@c.invalid',
        ],
        ...[
          'a.invalid b',
          'a.invalid?b',
          'a.invalid#b',
          'a.invalid\\b',
          'a%b.invalid',
          'a%20b.invalid',
        ],
        ...['a_b.invalid', 'A.INVALID', 'a.invalid.', 'a..invalid', '.invalid', 'a-.invalid'],
        ...[
          'bücher.invalid',
          'xn--bcher-kva.invalid',
          '例え.invalid',
          'a\u00adb.invalid',
          'ａ.invalid',
        ],
        // Labels whose Punycode is empty or invalid.
        ...['xn--.invalid', 'xn--a.invalid', 'a.XN--pokxncvks', 'xn--0.invalid', 'axn--.invalid'],
        ...['a\u0001b.invalid', 'a\u001fb.invalid', 'a\u007fb.invalid', 'a\u0080b.invalid'],
        ...['\ud800.invalid', '\u200d.invalid', 'a\r\nb.invalid', 'a\tb.invalid', 'a\0b.invalid'],
        ...[
          "a'b.invalid",
          'a"b.invalid',
          'a<b.invalid',
          'a|b.invalid',
          'a{b.invalid',
          'a^b.invalid',
        ],
        ...[
          'a`b.invalid',
          'a;b.invalid',
          'a,b.invalid',
          'a&b.invalid',
          'a=b.invalid',
          'a+b.invalid',
        ],
        ...['a!b.invalid', 'a~b.invalid', 'a$b.invalid', 'a(b).invalid', 'a*b.invalid'],
        ...[
          '127.0.0.1',
          ' 127.0.0.1',
          '127.0.0.1 ',
          '127.0.0.1:2',
          '127.0.0.1/',
          '127.0.0.1?',
          '127.0.0.1#',
        ],
        ...[
          '0x7f000001',
          '2130706433',
          '017700000001',
          '127.0.0.256',
          '127.0.0.01',
          '１２７.0.0.1',
        ],
        ...[
          '::1',
          '[::1]',
          '[::1',
          '::1]',
          '[::1]:2',
          '::ffff:127.0.0.1',
          '0:0:0:0:0:0:0:1',
          '::1%lo',
        ],
        ...['[::1%25lo]', ':::', '1:2', '[]', '::G', '::ffff:127.0.0.256', '[127.0.0.1]'],
        ...['https://a.invalid', 'a.invalid:80', '//a.invalid', 'unix', 'unix:/none', 'localhost'],
        ...[`${'a'.repeat(64)}.invalid`, longHost],
        ...[0, false, null, {}, [], ['127.0.0.1']],
      ],
      ({ client, given }) => client({ host: given.value, port: 1 }).request({ path: 'path' }),
      (value) => JSON.stringify(value).slice(0, 40),
      hostDifferences,
    ),
    ...cases({
      undefined: ({ client }) => client({ host: undefined, port: 1 }).request({ path: 'path' }),
      'a symbol': ({ client }) => client({ host: Symbol('a'), port: 1 }).request({ path: 'path' }),
      'an object of its own text': ({ client }) =>
        client({ host: { toString: () => '127.0.0.1' }, port: 1 }).request({ path: 'path' }),
      'a String': ({ client }) =>
        client({ host: new String('127.0.0.1'), port: 1 }).request({ path: 'path' }),
    }),
  ],
  { oneByOne: true },
);

// These hosts reach the peer, which records how each host was read.
compare(
  'hosts of the peer',
  each(
    [
      ...['user@127.0.0.1', 'user%20name@127.0.0.1', '127.0.0.1', '127.1', '0x7f.1', '2130706433'],
      ...['localhost', 'LOCALHOST', 'localhost.'],
    ],
    ({ client, given }) => client({ host: given.value }).request({ path: 'path' }),
  ),
);

// The original's process ends at this request, with an error that a program cannot catch, and that ours rejects with.
compare('a Trailer header without trailers', [
  {
    name: 'POST',
    call: ({ client }) =>
      client().request({ method: 'POST', path: 'path', headers: { Trailer: 'a' }, body: {} }),
    peers: [polite],
    crashes: true,
  },
]);
