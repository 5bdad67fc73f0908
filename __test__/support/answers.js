'use strict';

// Serves responses byte for byte to the original and to ours, and reports what each package made of them.

const net = require('node:net');
const { isDeepStrictEqual } = require('node:util');

const { answers, asOurs, outcomesOf, serverOf, start } = require('../request/failures/support');
const { names } = require('./packages');
const { settle } = require('./suites');

// The number of calls that are made at once. Of more calls, some would wait for the others longer than the time after which a
// call counts as hanging.
const AT_ONCE = 40;
// A TLS record holds at most 16 KiB, and the client reads one record at a time.
const RECORD = 16_000;

/**
 * @typedef {object} Answered
 * @property {string} name
 * @property {string} bytes the response of the server, in latin-1
 * @property {boolean} [stays] whether the connection stays open after the response; otherwise the server ends it
 * @property {boolean} [drips] whether the bytes are sent one by one
 * @property {boolean} [isNext] whether the case compares a second call, which follows the first on the same client; if the server
 *   ends the connection, the second call waits until that connection is closed
 * @property {(socket: import('node:tls').TLSSocket, bytes: string) => void} [send] sends the bytes in another way
 * @property {object} [options] the options of the request
 * @property {keyof typeof SAYS} [explained] the row that explains a difference, if the packages differ
 * @property {boolean} [isCalm] whether the received requests are left out of the comparison because their number depends on
 *   timing
 */

const isParseError = (ended) => ended.outcome === 'rejected' && /^HPE_/.test(ended.with.code);
const areAlikeBut = (name) => (original, ours) =>
  isDeepStrictEqual({ ...original, [name]: null }, { ...ours, [name]: null });

/** Conditions under which a row of docs/differences.md explains a difference, so that the row explains no other difference. */
const SAYS = {
  // Ours may still reject such a response for another reason, such as its status.
  'responses-accepted': (original, ours) => isParseError(original) && ours.with && !ours.with.code,
  'responses-refused': (original, ours) => original.outcome === 'resolved' && isParseError(ours),
  'parse-error-codes': (original, ours) =>
    isParseError(original) && (isParseError(ours) || ours.with.code === 'ECONNRESET'),
  'upgrade-unasked': (original, ours) => original.outcome === 'hung' && ours.outcome !== 'hung',
  'error-body-headers': (original, ours) =>
    original.with?.class === 'ErrorResponse' &&
    areAlikeBut('with')(original, ours) &&
    areAlikeBut('headers')(original.with, ours.with),
  'http10-kept-alive': areAlikeBut('requests'),
  'stale-connection': (original, ours) =>
    areAlikeBut('requests')(original, ours) &&
    isDeepStrictEqual(original.requests, withoutRepeats(ours.requests)),
};

/** Returns the requests without those that repeat the one before them. No request is sent four times. */
const withoutRepeats = (requests) =>
  requests.filter((each, i) => {
    const [before, , first] = [1, 2, 3].map((back) => requests[i - back]);
    return !isDeepStrictEqual(each, before) || isDeepStrictEqual(each, first);
  });

/** Sends bytes one by one, each in a TLS record and a turn of the event loop of its own. */
async function drip(socket, bytes) {
  for (const byte of bytes) {
    if (socket.destroyed) return;
    socket.write(byte, 'latin1');
    await new Promise(setImmediate);
  }
}

async function answer(socket, { bytes, stays, drips, send }) {
  if (send) return send(socket, bytes);
  if (drips) await drip(socket, bytes);
  else {
    for (let at = 0; at < bytes.length; at += RECORD) {
      socket.write(bytes.slice(at, at + RECORD), 'latin1');
    }
  }
  if (!stays) socket.end();
}

const NEXT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext';

/** Returns the peers of a case: its server, and a gate, which closes its connections once the second call may be made. */
function peersOf(each) {
  let closed;
  const server = answers(async ({ target }, socket) => {
    if (target.endsWith('/next')) return NEXT;
    closed = new Promise((resolve) => socket.once('close', resolve));
    await answer(socket, each);
    // The response leaves the connection open, so another request may follow on it.
    return each.stays ? '' : null;
  });
  // A response may be whole before the server ends the connection. A client that has not yet seen that end would send the second
  // request on this connection, and the original would lose it. The server's socket closes only after the client has ended its
  // side too, and so has seen the end.
  const isEnded = !each.stays || each.send;
  const gate = serverOf(() =>
    net.createServer(async (socket) => {
      if (isEnded) await closed;
      socket.end();
    }),
  );
  return [server, gate];
}

const callOnce = ({ client, given }) => client().request({ path: 'path', ...given.options });

const callTwice = async ({ client, given, require }) => {
  const one = client();
  await one.request({ path: 'path', ...given.options }).catch(() => {});
  const gate = require('node:net').connect(given.ports[1], '127.0.0.1').resume();
  await require('node:events').once(gate, 'close');
  return one.request({ path: 'next' });
};

const caseOf = (each) => ({
  ...each,
  peers: peersOf(each),
  call: each.isNext ? callTwice : callOnce,
  given: { options: each.options },
  // The row says that the original never settles such a call.
  hangs: each.explained === 'upgrade-unasked',
});

/**
 * Serves each case to both packages and reports whether they do the same.
 * @param {Answered[]} cases
 * @param {import('./suites').Report} report
 */
async function compareAnswers(cases, report) {
  for (let at = 0; at < cases.length; at += AT_ONCE) {
    const slice = cases.slice(at, at + AT_ONCE);
    const started = await start(slice.map(caseOf));
    try {
      const original = await outcomesOf(names.original, started.cases);
      const ours = await outcomesOf(names.ours, started.cases);
      for (const [i, { name, explained, isCalm }] of slice.entries()) {
        const both = { original: asOurs(original[i], ours[i]), ours: ours[i] };
        if (isCalm) both.original.requests = both.ours.requests;
        // Any response may end before its head is complete.
        const rows = [explained, 'stale-connection'].filter(Boolean);
        const row = rows.find((each) => SAYS[each](both.original, both.ours));
        // Two calls that never settle are alike, but compare nothing.
        const isCompared = both.original.outcome !== 'hung' || both.ours.outcome !== 'hung';
        if (isCompared) settle(report, name, both, row);
        else report.different(name, both);
      }
    } finally {
      await started.close();
    }
  }
}

module.exports = { compareAnswers };
