'use strict';

// Compares the errors of connections that fail, end or break with the published original's.

const {
  answer,
  answerAndEnd,
  answers,
  compare,
  rejects,
  resolves,
  response,
  sentAgain,
} = require('./support');

const post = ({ client }) => client().request({ method: 'POST', path: 'path', body: { a: 1 } });

// Nothing listens on port 1 (tcpmux).
compare('connecting', [
  { name: 'refused', port: 1 },
  { name: 'refused, POST', port: 1, call: post },
  { name: 'refused, IPv6', host: '::1', port: 1 },
  { name: 'refused, IPv6 in brackets', host: '[::1]', port: 1 },
  // On most machines, localhost resolves to ::1 and 127.0.0.1, so the error is an AggregateError.
  { name: 'refused, by a name', host: 'localhost', port: 1 },
  { name: 'refused, an address of two parts', host: '127.1', port: 1 },
  { name: 'refused, a hexadecimal address', host: '0x7f.0.0.1', port: 1 },
  { name: 'refused, the unspecified address', host: '0.0.0.0', port: 1 },
  { name: 'refused, the unspecified IPv6 address', host: '::', port: 1 },
  { name: 'unknown host', host: 'nosuch.invalid', port: 443 },
  { name: 'unknown host, POST', host: 'nosuch.invalid', port: 443, call: post },
  { name: 'unknown host, of one label', host: 'nosuch-host-of-one-label', port: 443 },
  // A TCP connection to the broadcast address is impossible.
  { name: 'unreachable', host: '255.255.255.255', port: 443 },
]);

const instead = (act) =>
  answers((_request, socket) => {
    act(socket);
    return null;
  });
// A TLS socket cannot be reset, but the TCP socket below it can.
const reset = (socket) => socket._parent.resetAndDestroy();
// Node reports `aborted` or `socket hang up` if it reads the reset together with the preceding bytes, and `read ECONNRESET`
// otherwise; ours always reports the latter: see reset.test.js.
const resetCase = (name, text) => ({
  name,
  peers: [instead((socket) => socket.write(text, 'latin1', () => reset(socket)))],
  view: (ended) => [ended.outcome, ended.with?.code],
});
const writeAndDestroy = (text) =>
  instead((socket) => socket.write(text, 'latin1', () => socket.destroy()));

compare('connections that end', [
  {
    name: 'closed before the answer',
    peers: [instead((socket) => socket.end())],
    differs: sentAgain,
  },
  {
    name: 'closed before the answer, POST',
    call: post,
    peers: [instead((socket) => socket.end())],
  },
  {
    name: 'dropped before the answer',
    peers: [instead((socket) => socket.destroy())],
    differs: sentAgain,
  },
  { name: 'reset before the answer', peers: [instead(reset)], differs: sentAgain },
  { name: 'reset before the answer, POST', call: post, peers: [instead(reset)] },
  {
    name: 'closed within the status line',
    peers: [answerAndEnd('HTTP/1.1 20')],
    differs: sentAgain,
  },
  {
    name: 'closed within the headers',
    peers: [answerAndEnd('HTTP/1.1 200 OK\r\nA: 1\r\nB')],
    differs: sentAgain,
  },
  resetCase('reset within the headers', 'HTTP/1.1 200 OK\r\nA: 1\r\nB'),
  resetCase('reset within a body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc'),
  resetCase(
    'reset within a chunk',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc',
  ),
  {
    name: 'closed after 100 Continue',
    peers: [answerAndEnd('HTTP/1.1 100 Continue\r\n\r\n')],
    differs: sentAgain,
  },
  ...[
    ['closed after the headers', answerAndEnd, 'Content-Length: 5\r\n\r\n'],
    ['closed within a body of known length', answerAndEnd, 'Content-Length: 5\r\n\r\nabc'],
    ['dropped within a body of known length', writeAndDestroy, 'Content-Length: 5\r\n\r\nabc'],
    ['closed within a chunk', answerAndEnd, 'Transfer-Encoding: chunked\r\n\r\n5\r\nabc'],
    ['closed between chunks', answerAndEnd, 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    [
      'closed within the last chunk',
      answerAndEnd,
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n',
    ],
    ['dropped within a body of unknown length', writeAndDestroy, '\r\nabc'],
  ].map(([name, answer, text]) => ({ name, peers: [answer(`HTTP/1.1 200 OK\r\n${text}`)] })),
  {
    name: 'closed within the body of an error',
    peers: [answerAndEnd('HTTP/1.1 500 No\r\nContent-Length: 50\r\n\r\n{"error":"e"}')],
  },
  {
    name: 'closed within the body of a redirect without a target',
    peers: [answerAndEnd('HTTP/1.1 302 Found\r\nContent-Length: 50\r\n\r\nmoved')],
  },
  {
    name: 'closed after a whole answer that came before the request was read',
    call: post,
    peers: [answerAndEnd(response('413 Too Large', '{"error":"e"}', ['Connection: close']))],
  },
]);

const malformedHead = (text) => [answer(`${text}\r\nContent-Length: 3\r\n\r\nabc`)];
const statusLine = (name, text, differs) => ({ name, peers: malformedHead(text), differs });
const header = (name, text, differs) => ({
  name,
  peers: malformedHead(`HTTP/1.1 200 OK\r\n${text}`),
  differs,
});

/** Ours refuses a response with this code, because hyper distinguishes fewer kinds of malformed responses. */
const refuses = (code, reason) =>
  rejects('its HTTP parser tells fewer kinds of malformed answers apart', {
    message: `Parse Error: ${reason}`,
    code,
    reason,
  });
const noVersion = refuses('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
const noStatus = refuses('HPE_INVALID_STATUS', 'Invalid status code');
const noHeader = refuses('HPE_INVALID_HEADER_TOKEN', 'Invalid header token');
const noLength = refuses('HPE_INVALID_CONTENT_LENGTH', 'Invalid character in Content-Length');
const tooLong = refuses('HPE_HEADER_OVERFLOW', 'Header overflow');

/** Ours accepts a response with these headers and the body `abc`, which Node's parser refuses. */
const takes = (headers, more) =>
  resolves('there is one way to read it', { headers, body: 'abc', ...more });
const ofLength = { 'content-length': '3' };

compare('malformed status lines', [
  statusLine('no HTTP', 'hello'),
  statusLine('bytes', '\x00\x01\x02\x03'),
  statusLine('another protocol', 'ICY 200 OK'),
  statusLine('lower case', 'http/1.1 200 OK'),
  statusLine('an unknown minor version', 'HTTP/1.2 200 OK', noVersion),
  statusLine('an unknown major version', 'HTTP/3.0 200 OK', noVersion),
  statusLine('HTTP/2.0', 'HTTP/2.0 200 OK', noVersion),
  statusLine('no status', 'HTTP/1.1', noVersion),
  statusLine('a word for a status', 'HTTP/1.1 abc OK'),
  statusLine('a negative status', 'HTTP/1.1 -20 OK'),
  statusLine('a status of one digit', 'HTTP/1.1 0 OK'),
  statusLine('a status of two digits', 'HTTP/1.1 20 OK'),
  statusLine('a status of four digits', 'HTTP/1.1 2000 OK'),
  statusLine('two spaces before the status', 'HTTP/1.1  200 OK'),
  statusLine('a control character in the text', 'HTTP/1.1 200 O\x01K', noStatus),
  statusLine('empty lines before it', '\r\n\r\nHTTP/1.1 200 OK'),
  { name: 'HTTP/0.9', peers: [answerAndEnd('hello')] },
]);

// Some versions of Node refuse these responses.
const takesWhatNodeRefuses = ({ outcome }) => outcome === 'rejected' && takes(ofLength);
const aborts = rejects('chunks outrank a length', { message: 'aborted', code: 'ECONNRESET' });

compare('malformed headers', [
  header('no colon', 'A'),
  header('no name', ': a'),
  header('a space in the name', 'A B: a'),
  header('a space before the colon', 'A : a'),
  header('a latin-1 name', 'A\xe9: a'),
  header('a separator in the name', 'A(: a'),
  header('a folded value', 'A: a\r\n b'),
  header('NUL in the value', 'A: a\0b'),
  header('a control character in the value', 'A: a\x01b'),
  header('a tab in the value', 'A: a\tb'),
  header('DEL in the value', 'A: a\x7fb'),
  header('CR alone in the value', 'A: a\rB: b', noHeader),
  header('LF alone after the value', 'A: a\nB: b', takes({ a: 'a', b: 'b', ...ofLength })),
  {
    name: 'LF alone throughout',
    peers: [answer('HTTP/1.1 200 OK\nContent-Length: 3\n\nabc')],
    differs: takes(ofLength),
  },
  ...[
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 4', noLength],
    [
      'two equal lengths',
      'Content-Length: 3\r\nContent-Length: 3',
      takes(ofLength, { rawHeaders: ['content-length', '3', 'content-length', '3'] }),
    ],
    ['a list of lengths', 'Content-Length: 3, 3', takes({ 'content-length': '3, 3' })],
    ['a negative length', 'Content-Length: -1'],
    ['a signed length', 'Content-Length: +3'],
    ['a hexadecimal length', 'Content-Length: 0x3'],
    ['an empty length', 'Content-Length:'],
    ['a word for a length', 'Content-Length: abc'],
    ['a length beyond 64 bits', 'Content-Length: 99999999999999999999999'],
    ['a length with leading zeros', 'Content-Length: 003'],
    ['spaces after the length', 'Content-Length: 3 \t ', takesWhatNodeRefuses],
    // The bytes that follow are read as chunks, and the connection ends within the first chunk.
    ['chunks and a length', 'Content-Length: 3\r\nTransfer-Encoding: chunked', aborts],
    ['a length and chunks', 'Transfer-Encoding: chunked\r\nContent-Length: 3', aborts],
    [
      'a length and identity',
      'Transfer-Encoding: identity\r\nContent-Length: 3',
      takes({ 'transfer-encoding': 'identity', ...ofLength }),
    ],
  ].map(([name, text, differs]) => ({
    name,
    peers: [answerAndEnd(`HTTP/1.1 200 OK\r\n${text}\r\n\r\nabc`)],
    differs,
  })),
  {
    name: 'whole chunks and a length',
    peers: [
      answer(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      ),
    ],
    differs: takes({ 'transfer-encoding': 'chunked', 'content-length': '9' }),
  },
  {
    name: 'an encoding after chunked',
    peers: [answerAndEnd('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc')],
  },
  {
    name: 'an encoding other than chunked',
    peers: [answerAndEnd('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc')],
  },
]);

const chunks = (name, text, differs) => ({
  name,
  peers: [answer(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`)],
  differs,
});
const takesChunks = takes({ 'transfer-encoding': 'chunked' });
const noSize = refuses('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');

compare('malformed chunks', [
  chunks('a word for a size', 'zz\r\nabc\r\n0\r\n\r\n'),
  chunks('a negative size', '-1\r\nabc\r\n0\r\n\r\n'),
  chunks('no size', '\r\nabc\r\n0\r\n\r\n'),
  chunks('a size with a prefix', '0x3\r\nabc\r\n0\r\n\r\n'),
  chunks('a size beyond 64 bits', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'),
  chunks('a space after the size', '3 \r\nabc\r\n0\r\n\r\n', takesChunks),
  chunks('LF alone after the size', '3\nabc\r\n0\r\n\r\n', noSize),
  chunks('more data than its size', '3\r\nabcd\r\n0\r\n\r\n'),
  chunks('a control character in an extension', '3;a\x01\r\nabc\r\n0\r\n\r\n', takesChunks),
  chunks('an extension above 16 KiB', `3;${'a'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`),
  chunks('a malformed trailer', '3\r\nabc\r\n0\r\na b\r\n\r\n'),
  chunks('a trailer above 16 KiB', `3\r\nabc\r\n0\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`),
]);

const fields = (count) => Array.from({ length: count }, (_, i) => `A${i}: 1`).join('\r\n');

// Writes until the peer stops reading: only the client can end the response.
const endless = (start, more) =>
  instead((socket) => {
    socket.write(start);
    const pour = () => {
      if (!socket.destroyed) socket.write(more, () => setImmediate(pour));
    };
    pour();
  });

// Node's limits are 16 KiB of headers, as its parser counts them, and 2000 fields. Our limit is 512 fields.
compare('oversized headers', [
  header('a value below 16 KiB', `A: ${'a'.repeat(16_000)}`),
  header('a value above 16 KiB', `A: ${'a'.repeat(16_500)}`),
  header('a value of a megabyte', `A: ${'a'.repeat(1_000_000)}`),
  header('a name above 16 KiB', `${'a'.repeat(16_500)}: 1`),
  header('many fields, together below 16 KiB', fields(1_500), tooLong),
  header('many fields, together above 16 KiB', fields(3_000)),
  header('more than 100 fields', fields(101)),
  header('512 fields with the length', fields(511)),
  header('513 fields with the length', fields(512), tooLong),
  header('more than 2000 fields', fields(2_001), tooLong),
  statusLine(
    'a status text above 16 KiB',
    `HTTP/1.1 200 ${'a'.repeat(17_000)}`,
    takes(ofLength, { statusMessage: 'a'.repeat(17_000) }),
  ),
  { name: 'an endless value', peers: [endless('HTTP/1.1 200 OK\r\nA: ', 'a'.repeat(1_000))] },
  { name: 'endless fields', peers: [endless('HTTP/1.1 200 OK\r\n', 'A: 1\r\n'.repeat(100))] },
]);

for (const size of [1_000, 40_000]) {
  compare(
    `headers under --max-http-header-size=${size}`,
    [
      header('a value below it', `A: ${'a'.repeat(size - 200)}`),
      header('a value above it', `A: ${'a'.repeat(size + 200)}`),
    ],
    { execArgv: [`--max-http-header-size=${size}`] },
  );
}

compare('bytes that belong to no answer', [
  {
    name: 'after the body',
    peers: [answer(`${response('200 OK', 'abc')}more`)],
    differs: takes(ofLength),
  },
  {
    name: 'after the body, at the end',
    peers: [answerAndEnd(`${response('200 OK', 'abc')}more`)],
    differs: takes(ofLength),
  },
  { name: 'a second answer', peers: [answer(response('200 OK', 'a') + response('200 OK', 'b'))] },
  {
    name: 'a body after 204',
    peers: [answer(response('204 No Content', 'abc'))],
    differs: takes(ofLength, { statusCode: 204, statusMessage: 'No Content', body: '' }),
  },
  {
    name: 'a body after 304',
    peers: [answer(response('304 Not Modified', 'abc'))],
    differs: rejects('there is one way to read it', {
      message: 'Unsupported Redirect Response: 304',
    }),
  },
  {
    name: 'a body after HEAD',
    call: ({ client }) => client().request({ method: 'HEAD', path: 'path' }),
    peers: [answer(response('200 OK', 'abc'))],
    differs: takes(ofLength, { body: '' }),
  },
]);
