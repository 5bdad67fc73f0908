'use strict';

// Serves the responses that the servers in the tests of Node's own HTTP client send, as far as a user of a client can observe
// them.
//
// Each case takes only the response from the test of test/parallel that it is named after. The remaining tests cover features
// that this package does not have, such as agents, sockets, events and options of `http.request`, or cover servers.

const { compareAnswers } = require('../support/answers');

/** Returns a response with a Content-Length. */
const of = (status, body = '', ...fields) =>
  [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${body.length}`, '', body].join('\r\n');
const chunked = (text, ...fields) =>
  ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', ...fields, '', text].join('\r\n');
const OK = of('200 OK', 'abc');
const information = (status, ...fields) => [`HTTP/1.1 ${status}`, ...fields, '', ''].join('\r\n');

// Ends the connection without a close_notify alert of TLS.
const cut = (socket, bytes) => socket.write(bytes, 'latin1', () => socket._parent.end());

/**
 * The responses, by the name of the test in test/parallel. The connection stays open after a response unless the case specifies
 * another ending.
 */
const cases = [
  [
    'test-http-client-parse-error',
    'HTTP/1.1 302 Object Moved\r\nContent-Length: 0\r\n\r\nhi world',
    { row: 'responses-accepted' },
  ],
  [
    'test-http-client-parse-error, no HTTP',
    'bad http = should trigger parse error',
    { stays: false, row: 'parse-error-codes' },
  ],
  [
    'test-http-client-reject-chunked-with-content-length',
    chunked('', 'Content-Length: 1'),
    { stays: false, row: 'parse-error-codes' },
  ],
  [
    'test-http-client-error-rawbytes',
    `${chunked('6\r\nfoobar0\r\n', 'Content-Length: 6')}`,
    { stays: false, row: 'parse-error-codes' },
  ],
  [
    'test-http-client-reject-cr-no-lf',
    'HTTP/1.1 200 OK\r\nFoo: Bar\rContent-Length: 1\r\n\r\n',
    { row: 'parse-error-codes' },
  ],
  [
    'test-http-client-spurious-aborted',
    `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 50\r\n\r\n${'a'.repeat(40)}`,
    { send: cut },
  ],
  [
    'test-http-client-spurious-aborted, whole',
    `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 50\r\n\r\n${'a'.repeat(50)}`,
    { send: cut },
  ],
  ['test-http-client-aborted-event', chunked('f\r\nPart of my res.\r\n'), { send: cut }],
  [
    'test-http-client-keep-alive-hint',
    of('200 OK', 'FOO', 'Connection: keep-alive', 'Keep-Alive: timeout=1'),
  ],
  ['test-http-client-race', of('200 OK', '1111111111111111', 'Content-Type: text/plain')],
  ['test-http-information-processing', information('102 Processing').repeat(2) + OK],
  ['test-http-information-headers', information('102 Processing', 'Foo: Bar') + OK],
  [
    'test-http-early-hints',
    information('103 Early Hints', 'Link: </styles.css>; rel=preload; as=style') + OK,
  ],
  [
    'test-http-early-hints, more than one',
    information('103 Early Hints', 'Link: </a.css>; rel=preload, </b.js>; rel=preload', 'X-A: b') +
      OK,
  ],
  ['test-http-early-hints, without one', information('103 Early Hints') + OK],
  ['test-http-expect-continue, unasked', information('100 Continue') + OK],
  ['a flood of a thousand 103', information('103 Early Hints', 'Link: </a>').repeat(1000) + OK],
  ['a flood of a thousand 100', information('100 Continue').repeat(1000) + OK],
  ['a flood of 102 without an end', information('102 Processing').repeat(1000), { stays: false }],
  [
    'test-http-1.0, by its end',
    'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nHello, world!',
    { stays: false },
  ],
  [
    'test-http-1.0-keep-alive',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc',
    { row: 'http10-kept-alive' },
  ],
  [
    'test-http-response-no-headers',
    'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 has no headers',
    { stays: false },
  ],
  ['test-http-no-content-length', 'HTTP/1.1 200 ok\r\n\r\nHello', { stays: false }],
  ['test-http-chunked-304', chunked('').replace('200 OK', '304 Not Modified')],
  ['test-http-chunked-304, 204', chunked('').replace('200 OK', '204 No Content')],
  ['test-http-allow-content-length-304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 11\r\n\r\n'],
  ['test-http-allow-req-after-204-res', 'HTTP/1.1 204 No Content\r\n\r\n'],
  [
    'test-http-multi-line-headers',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\nContent-Type: text/plain;\r\n x-unix-mode=0600;\r\n name="hello.txt"\r\n\r\nbody',
    { stays: false },
  ],
  [
    'test-http-response-multi-content-length',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nok',
    { stays: false, row: 'parse-error-codes' },
  ],
  [
    'test-http-double-content-length, the same',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok',
    { row: 'responses-accepted' },
  ],
  [
    'a length that is no number',
    'HTTP/1.1 200 OK\r\nContent-Length: 2a\r\n\r\nok',
    { stays: false },
  ],
  [
    'a length that is negative',
    'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok',
    { stays: false },
  ],
  [
    'a length beyond 64 bits',
    'HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nok',
    { stays: false },
  ],
  [
    'test-http-response-multiheaders',
    of(
      '200 OK',
      'ok',
      'Set-Cookie: a=b',
      'Set-Cookie: c=d',
      'Vary: a',
      'Vary: b',
      'WWW-Authenticate: x',
      'WWW-Authenticate: y',
    ),
  ],
  [
    'test-http-raw-headers',
    `${chunked('', 'Trailer: x-foo', 'Date: Tue, 06 Aug 2013 01:31:54 GMT')}0\r\nx-bAr: yOyOyOy\r\nx-baR: OyOyOyO\r\nX-bar: xOxOxOx\r\n\r\n`,
  ],
  ['test-http-set-trailers', `${chunked('3\r\nabc\r\n0\r\nx-foo: bar\r\n\r\n', 'Trailer: x-foo')}`],
  [
    'trailers that were not announced',
    `${chunked('3\r\nabc\r\n0\r\nx-foo: bar\r\nset-cookie: a\r\nset-cookie: b\r\n\r\n')}`,
  ],
  [
    'test-http-status-reason-invalid-chars',
    of('200 OK\u0001Content-Type: gotcha', 'ok'),
    { stays: false, row: 'responses-refused' },
  ],
  ['test-http-header-obstext', of('200 OK', 'ok', 'Foo: caf\xe9')],
  ['test-http-header-owstext', of('200 OK', 'ok', 'Foo: \t value\t ')],
  [
    'test-http-upgrade-client',
    'HTTP/1.1 101\r\nhello: world\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nnurtzo',
    { row: 'upgrade-unasked' },
  ],
  ['test-http-parser-multiple-execute', `${information('100 Continue')}${of('200 OK')}`],
  [
    'test-http-max-headers-count, within',
    of('200 OK', 'ok', ...Array.from({ length: 400 }, (_, i) => `X${i}: a`)),
  ],
  [
    'test-http-max-headers-count, beyond',
    of('200 OK', 'ok', ...Array.from({ length: 1200 }, (_, i) => `X${i}: a`)),
    { row: 'responses-refused' },
  ],
  ['test-http-max-http-headers, within', of('200 OK', 'ok', `Agent: ${'a'.repeat(15_000)}`)],
  [
    'test-http-max-http-headers, beyond',
    of('200 OK', 'ok', `Agent: ${'a'.repeat(20_000)}`),
    { stays: false },
  ],
  [
    'test-http-chunk-extensions-limit',
    chunked(`2;${'a'.repeat(20_000)}\r\nAA\r\n0\r\n\r\n`),
    { stays: false },
  ],
  ['test-http-chunk-extensions-limit, within', chunked(`2;${'a'.repeat(1000)}\r\nAA\r\n0\r\n\r\n`)],
  [
    'test-http-keep-alive-close-on-header',
    of('200 OK', 'abc', 'Connection: close'),
    { stays: false },
  ],
  [
    'test-http-head-response-has-no-body',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    { options: { method: 'HEAD' } },
  ],
  [
    'test-http-head-response-has-no-body-end',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n',
    { options: { method: 'HEAD' } },
  ],
  [
    'a HEAD that has a body all the same',
    of('200 OK', 'abc'),
    { options: { method: 'HEAD' }, row: 'responses-accepted' },
  ],
  ['pipelined bytes: an answer that nobody asked for', OK + of('200 OK', 'smuggled')],
  [
    'pipelined bytes: an error behind an answer',
    `${OK}no HTTP at all`,
    { row: 'responses-accepted' },
  ],
  [
    'pipelined bytes behind the last chunk',
    `${chunked('3\r\nabc\r\n0\r\n\r\n')}${of('200 OK', 'smuggled')}`,
  ],
  ['pipelined bytes behind a 204', `HTTP/1.1 204 No Content\r\n\r\n${of('200 OK', 'smuggled')}`],
  ['an error of the platform, kept alive', of('400 Bad Request', '{"error":"a"}')],
  [
    'test-http-transfer-encoding-repeated-chunked',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    { stays: false },
  ],
  [
    'test-http-transfer-encoding-smuggling',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunkedchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    { stays: false },
  ],
  ['test-https-truncate', of('200 OK', 'a'.repeat(100_000))],
  [
    'test-http-incoming-matchKnownFields',
    of('200 OK', 'ok', 'Age: 1', 'Age: 2', 'ETag: a', 'ETag: b', '__proto__: c'),
  ],
];

const ways = [
  { way: 'whole' },
  { way: 'byte by byte', drips: true },
  { way: 'before another call', isNext: true },
];
// Only these responses are also sent byte by byte, in a turn of the event loop for each byte.
const isShort = ([, bytes, how]) => bytes.length < 2_000 && !how?.send;

module.exports = {
  title: 'answers that the tests of Node have their own client get',
  source:
    'Node.js 20.19.2, test/parallel: what the servers of test-http-* and test-https-* answer, and what its names suggest beside',
  licence: 'MIT, Node.js contributors',
  isQuick: false,
  atLeast: 2 * cases.length,
  run: (report) =>
    compareAnswers(
      ways.flatMap(({ way, ...how }) =>
        cases
          .filter((each) => !how.drips || isShort(each))
          .map(([name, bytes, { row, stays = true, ...more } = {}]) => ({
            name: `${name}, ${way}`,
            bytes,
            stays,
            explained: row,
            ...more,
            ...how,
          })),
      ),
      report,
    ),
};
