'use strict';

// Three responses whose connection ends at each of their bytes, in each way in which it can end.

const { compareAnswers } = require('../support/answers');

const ANSWERS = {
  'of known length': 'HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello',
  'in chunks':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nyou\r\n0\r\nX-A: b\r\n\r\n',
  'behind an informational one, until it ends':
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello',
};

/** The ways in which a connection ends: with TLS's close_notify alert, and without. */
const ENDS = {
  closed: (socket, bytes) => socket.end(bytes, 'latin1'),
  // Ends the TCP socket below TLS, whose end is not authenticated.
  'cut off': (socket, bytes) =>
    bytes === '' ? socket._parent.end() : socket.write(bytes, 'latin1', () => socket._parent.end()),
};

module.exports = {
  title: 'answers that are cut at each byte',
  source:
    'test-http-client-aborted-event, -spurious-aborted and test-https-truncate of Node.js 20.19.2, at each offset',
  licence: 'MIT, Node.js contributors',
  isQuick: true,
  atLeast: 300,
  run: (report) =>
    compareAnswers(
      Object.entries(ANSWERS).flatMap(([name, whole]) =>
        Object.entries(ENDS).flatMap(([end, send]) =>
          Array.from({ length: whole.length + 1 }, (_, at) => ({
            name: `${name}, ${end} at ${at}`,
            bytes: whole.slice(0, at),
            send,
          })),
        ),
      ),
      report,
    ),
};
