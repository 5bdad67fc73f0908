'use strict';

// Compares the results of unusual but complete responses with the published original's.

const {
  answer,
  answerAndEnd,
  changes,
  compare,
  rejects,
  resolves,
  response,
} = require('./support');

const request = (options) => ({
  call: ({ client, given }) => client().request({ path: 'path', ...given.options }),
  given: { options },
});
const head = request({ method: 'HEAD' });

const answered = (name, text, more) => ({ name, peers: [answer(text)], ...more });
const fields = (name, ...lines) => answered(name, response('200 OK', 'body', lines));

compare('headers', [
  fields('none but the length'),
  fields('two of one name', 'A: 1', 'a: 2', 'A:3'),
  fields('one Set-Cookie', 'Set-Cookie: a=1'),
  fields('two Set-Cookies', 'Set-Cookie: a=1', 'set-cookie: b=2; Path=/, c=3'),
  fields('two Cookies', 'Cookie: a=1', 'Cookie: b=2'),
  // Node keeps the first of two headers with some of these names, and joins the values of all others:
  // https://nodejs.org/api/http.html#messageheaders
  ...[
    ...['Age', 'Authorization', 'Content-Type', 'ETag', 'Expires', 'From', 'Host'],
    ...['If-Modified-Since', 'If-Unmodified-Since', 'Last-Modified', 'Location', 'Max-Forwards'],
    ...['Proxy-Authorization', 'Referer', 'Retry-After', 'Server', 'User-Agent'],
    ...['Date', 'Vary', 'Link', 'WWW-Authenticate', 'Cache-Control', 'Content-Encoding'],
  ].map((name) => fields(`two of ${name}`, `${name}: first`, `${name}: second`)),
  fields(
    'names that objects have',
    '__proto__: 1',
    'constructor: 2',
    'toString: 3',
    'hasOwnProperty: 4',
  ),
  fields('names that are numbers, out of order', 'B: 1', '2: 2', '1: 3'),
  fields('a name of every token character', "!#$%&'*+-.^_`|~09azAZ: 1"),
  fields('an empty value', 'A:', 'B:   '),
  fields('two, one of them empty', 'A:', 'A: 1', 'B: 1', 'B:'),
  fields('spaces around and within a value', 'A: \t a  b \t '),
  answered('a latin-1 value', 'HTTP/1.1 200 OK\r\nA: caf\xe9\x80\xff\r\nContent-Length: 0\r\n\r\n'),
  answered('a UTF-8 value', 'HTTP/1.1 200 OK\r\nA: \xc3\xa9\r\nContent-Length: 0\r\n\r\n'),
]);

compare('status', [
  answered('custom text', response('200 Alles gut', 'body')),
  answered('empty text', response('200 ', 'body')),
  answered('no text and no space', response('200', 'body')),
  answered('latin-1 text', 'HTTP/1.1 200 caf\xe9\r\nContent-Length: 0\r\n\r\n', {
    differs: changes('its HTTP parser drops a text beyond ASCII', () => ({ statusMessage: '' })),
  }),
  answered('text with spaces at its end', 'HTTP/1.1 200 OK  \r\nContent-Length: 0\r\n\r\n'),
  ...[200, 201, 202, 203, 205, 206, 207, 226, 250, 299].map((status) =>
    answered(`${status}`, response(`${status} Text`, 'body', ['A: 1'])),
  ),
  ...[600, 601, 799, 999].map((status) =>
    answered(`${status}`, response(`${status} Text`, '{"error":"e"}')),
  ),
  ...[400, 401, 403, 404, 407, 418, 429, 451, 500, 502, 503, 511, 599].map((status) =>
    answered(
      `${status}`,
      response(`${status} Text`, '{"error":"e","error_description":"d","error_uri":"u"}', ['A: 1']),
    ),
  ),
  // The original's HTTP library responds to a challenge only if it has credentials.
  answered(
    '401 with a challenge',
    response('401 No', '{}', ['WWW-Authenticate: Digest realm="a"']),
  ),
  answered('100 first', `HTTP/1.1 100 Continue\r\n\r\n${response('200 OK', 'body')}`),
  answered(
    '100 first, with headers',
    `HTTP/1.1 100 Hm\r\nA: 1\r\n\r\n${response('200 OK', 'body')}`,
  ),
  answered('102 first', `HTTP/1.1 102 Processing\r\n\r\n${response('200 OK', 'body')}`),
  answered('103 first', `HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n${response('200 OK', 'body')}`),
  answered('199 first', `HTTP/1.1 199 Hm\r\n\r\n${response('200 OK', 'body')}`),
  answered('100 many times', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(40) + response('200 OK')),
  answered(
    '100 first, POST',
    `HTTP/1.1 100 Continue\r\n\r\n${response('200 OK', 'body')}`,
    request({ method: 'POST', body: { a: 1 } }),
  ),
  answered('100 first, an error', `HTTP/1.1 100 Continue\r\n\r\n${response('404 No', '{}')}`),
  answered('101', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'),
]);

compare('a change of protocol that nobody asked for', [
  answered('with 200', response('200 OK', 'body', ['Upgrade: h2c', 'Connection: Upgrade'])),
  {
    ...answered('with 101', 'HTTP/1.1 101 Hm\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nmore'),
    hangs: true,
    differs: {
      reason: 'the original never ends such a call',
      expect: (original) => ({
        ...original,
        outcome: 'rejected',
        with: {
          class: 'Error',
          name: 'Error',
          message: 'Unsupported Response Code: 101',
          keys: [],
        },
      }),
    },
  },
]);

compare('bodies', [
  answered('empty', response('200 OK')),
  answered('204', 'HTTP/1.1 204 No Content\r\n\r\n'),
  answered('204 that keeps quiet', 'HTTP/1.1 204 No Content\r\nA: 1\r\n\r\n'),
  answered('204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n'),
  answered(
    '204 with chunks to come',
    'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n',
  ),
  answered('205 with a body', response('205 Reset Content', 'body')),
  answered('304', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
  answered('304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n'),
  answered('HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n', head),
  answered('HEAD without a length', 'HTTP/1.1 200 OK\r\n\r\n', head),
  answered('HEAD, chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', head),
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) =>
    answered(`${method}, empty`, response('200 OK'), request({ method })),
  ),
  answered('until the end', '', { peers: [answerAndEnd('HTTP/1.1 200 OK\r\n\r\nbody')] }),
  answered('until the end, announced', '', {
    peers: [answerAndEnd('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody')],
  }),
  answered('Connection: close', response('200 OK', 'body', ['Connection: close'])),
  answered('HTTP/1.0', '', { peers: [answerAndEnd('HTTP/1.0 200 OK\r\n\r\nbody')] }),
  answered('HTTP/1.0, of known length', 'HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody'),
  answered(
    'HTTP/1.0, kept alive',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody',
  ),
  answered('HTTP/1.0, chunks', '', {
    peers: [
      answerAndEnd('HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n'),
    ],
    differs: rejects('HTTP/1.0 has no chunks', {
      message: 'Parse Error: Invalid `Transfer-Encoding` header value',
      code: 'HPE_INVALID_TRANSFER_ENCODING',
      reason: 'Invalid `Transfer-Encoding` header value',
    }),
  }),
  ...[
    ['chunks', '2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n'],
    ['no chunk', '0\r\n\r\n'],
    [
      'a size of many digits, in both cases',
      '00000A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n',
    ],
    ['extensions', '4;a;b=c;d="e"\r\nbody\r\n0;f\r\n\r\n'],
    ['trailers', '4\r\nbody\r\n0\r\nA: 1\r\na: 2\r\nSet-Cookie: b\r\n\r\n'],
    [
      'a length among the trailers',
      '4\r\nbody\r\n0\r\nContent-Length: 4\r\n\r\n',
      {
        differs: resolves('there is one way to read it', {
          headers: { 'transfer-encoding': 'chunked', trailer: 'A' },
          trailers: { 'content-length': '4' },
          body: 'body',
        }),
      },
    ],
  ].map(([name, text, more]) =>
    answered(
      name,
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n${text}`,
      more,
    ),
  ),
  answered(
    'chunked, in another case',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n',
  ),
  answered(
    'chunked after another encoding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
  ),
  answered('compressed', response('200 OK', 'not gzip', ['Content-Encoding: gzip'])),
  answered('compressed, an error', response('400 No', '{"error":"e"}', ['Content-Encoding: br'])),
  answered('of a megabyte', response('200 OK', 'a'.repeat(1_000_000))),
]);

const bytes = (name, body, more) =>
  answered(name, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`, more);

compare('text', [
  bytes('UTF-8', Buffer.from('é€😀').toString('latin1')),
  bytes('a byte order mark', '\xef\xbb\xbfbody'),
  bytes('nothing but a byte order mark', '\xef\xbb\xbf'),
  bytes('a UTF-16 byte order mark', '\xff\xfeb\0'),
  bytes('NUL', 'a\0b'),
  bytes('bytes that never occur', 'a\xff\xfe\xc0\xc1\xf5b'),
  bytes('a continuation alone', 'a\x80\xbfb'),
  bytes('a sequence cut short', 'a\xe2\x82'),
  bytes('a sequence cut short within', 'a\xf0\x9f\x98b\xe2\x82\xc3c'),
  bytes('an overlong sequence', 'a\xc0\xaf\xe0\x80\xafb'),
  bytes('a surrogate', 'a\xed\xa0\x80\xed\xb0\x80b'),
  bytes('beyond Unicode', 'a\xf4\x90\x80\x80b'),
  bytes('a noncharacter', 'a\xef\xbf\xbfb'),
  answered(
    'another charset',
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=latin1\r\nContent-Length: 1\r\n\r\n\xe9',
  ),
]);

/** Ours keeps the headers of an error response whose body is not JSON, which the original drops. */
const keepsHeaders = (headers) => ({
  reason: 'the headers of an unparsable error are kept',
  expect: (original) => ({ ...original, with: { ...original.with, headers } }),
});

const error = (name, body) => answered(name, response('400 No', body, ['A: 1']));
const unparsable = (name, body) => ({
  ...error(name, body),
  differs: keepsHeaders({ a: '1', 'content-length': String(Buffer.byteLength(body)) }),
});

compare('error bodies', [
  error('an object', '{"error":"e","error_description":"d","error_uri":"u","other":1}'),
  error('an object without an error', '{"other":1}'),
  error('an empty object', '{}'),
  error('an object of other types', '{"error":{"a":[1]},"error_description":5,"error_uri":null}'),
  error('an object that says a name twice', '{"error":"a","error":"b"}'),
  error('a prototype', '{"__proto__":{"error":"e"}}'),
  error('a lone surrogate', '{"error":"\\ud800"}'),
  error('a number beyond double precision', '{"error":12345678901234567890}'),
  error('a number', '1'),
  error('a string', '"error"'),
  error('true', 'true'),
  error('false', 'false'),
  error('an empty list', '[]'),
  error('a list', '[{"error":"e"}]'),
  error('spaces around it', ' \r\n\t{"error":"e"} '),
  error('deep', `{"error":${'['.repeat(200)}${']'.repeat(200)}}`),
  {
    ...error('null', 'null'),
    alone: true,
    differs: {
      reason: 'a peer must not crash us',
      expect: (original) => ({
        ...original,
        outcome: 'rejected',
        with: {
          class: 'ErrorResponse',
          status: 400,
          headers: { a: '1', 'content-length': '4' },
          error: 'Something went wrong, but could not parse the response',
          error_description: '',
          error_uri: '(undefined)',
        },
      }),
    },
  },
  unparsable('empty', ''),
  unparsable('spaces', '  '),
  unparsable('cut short', '{"error":'),
  unparsable('words', 'Service Unavailable'),
  unparsable('undefined', 'undefined'),
  unparsable('NaN', 'NaN'),
  unparsable('single quotes', "{'error':'e'}"),
  unparsable('a trailing comma', '{"error":"e",}'),
  unparsable('more after it', '{"error":"e"} {}'),
  unparsable('a control character in a string', '{"error":"a\nb"}'),
  unparsable('a byte order mark', '\ufeff{"error":"e"}'),
  unparsable('a no-break space before it', '\u00a0{"error":"e"}'),
  {
    name: 'HEAD',
    ...head,
    peers: [answer('HTTP/1.1 404 No\r\nA: 1\r\nContent-Length: 4\r\n\r\n')],
    differs: keepsHeaders({ a: '1', 'content-length': '4' }),
  },
]);
