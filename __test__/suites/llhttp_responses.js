'use strict';

// Serves the responses that the parser of Node's own HTTP client is tested with: whole, byte by byte, and before another call.

const { compareAnswers } = require('../support/answers');
const { cases, licence, source } = require('./data/llhttp_responses.json');

/** The rows that explain a difference, with the cases that they explain. */
const ROWS = {
  'responses-accepted': [
    'connection: HTTP/1.1 with keep-alive disabled and 204 status',
    'connection: HTTP/1.1 with keep-alive disabled, content-length (lenient)',
    'connection: HTTP/1.1 with keep-alive disabled, content-length',
    'connection: HTTP/1.1 with keep-alive disabled and 204 status (lenient)',
    'invalid: Only LFs present and no body',
    'invalid: Only LFs present and no body (lenient)',
    'invalid: Only LFs present',
    'invalid: Only LFs present (lenient)',
    'sample: No carriage ret',
    'sample: No carriage ret (lenient)',
    'transfer-encoding: Trailing space on chunked body',
    'transfer-encoding: No extension after semicolon',
  ],
  'responses-refused': [
    'sample: RTSP response',
    'sample: ICE response',
    'sample: HTTP version 0.9',
  ],
  'parse-error-codes': [
    'invalid: Extra digit in HTTP major version',
    'invalid: Extra digit in HTTP major version #2',
    'invalid: Extra digit in HTTP minor version',
    'invalid: Tab after HTTP version',
    'invalid: CR before response and tab after HTTP version',
    'invalid: Headers separated by CR',
    'invalid: Invalid HTTP version',
    'invalid: Invalid space after start line',
    'lenient-version: Invalid HTTP version (lenient)',
    'transfer-encoding: Unbalanced chunk extensions quoting',
  ],
  'upgrade-unasked': [
    'connection: HTTP 101 response with Upgrade and Content-Length header',
    'connection: HTTP 101 response with Upgrade and Transfer-Encoding header',
  ],
  'error-body-headers': [
    'connection: HTTP 100 first, then 400',
    'sample: Non ASCII in status line',
  ],
  'http10-kept-alive': ['sample: bonjourmadame.fr'],
};
const rowOf = (name) => Object.keys(ROWS).find((row) => ROWS[row].includes(name));

const ways = [
  { way: 'whole' },
  { way: 'byte by byte', drips: true },
  { way: 'before another call', isNext: true },
];

module.exports = {
  title: 'answers as the parser of Node gets them',
  source,
  licence,
  isQuick: true,
  atLeast: cases.length * ways.length,
  run: (report) =>
    compareAnswers(
      ways.flatMap(({ way, ...how }) =>
        cases.map(({ name, bytes, ends }) => ({
          name: `${name}, ${way}`,
          bytes,
          stays: ends,
          // A GET would follow the redirect of the response.
          options: { method: /^Location:/m.test(bytes) ? 'POST' : 'GET' },
          explained: rowOf(name),
          ...how,
        })),
      ),
      report,
    ),
};
