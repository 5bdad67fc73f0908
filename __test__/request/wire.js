'use strict';

// Makes the same calls with both packages over one recording TLS server, and compares the requests that the server receives and
// the outcomes of the calls.

const assert = require('node:assert/strict');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { isDeepStrictEqual } = require('node:util');

const { names } = require('../support/packages');
const { record } = require('../support/recorder');
const { startPeer } = require('../support/peer');

const SEATS = [names.original, names.ours];

/**
 * Starts the server, and a process for each package that trusts it.
 *
 * @param {object} [options]
 * @param {string[]} [options.seats] the packages that the processes require instead of the two
 * @param {string} [options.sdk] the package that they require as the service SDK
 */
async function startWire({ seats = SEATS, sdk } = {}) {
  let answer;
  const server = await record({ respond: (request, socket) => answer(request, socket) });
  const directory = mkdtempSync(path.join(tmpdir(), 'wire-'));
  const caFile = path.join(directory, 'ca.pem');
  writeFileSync(caFile, server.ca);
  const peers = seats.map((name) => startPeer(name, caFile, sdk));

  /** Makes a call with one package (see peer.js), and returns the outcome and the requests that the server received. */
  async function make(seat, call, respond = () => ({ body: '{}' })) {
    answer = respond;
    server.requests.length = 0;
    const outcome = await peers[seat].call(call);
    return { outcome, requests: server.requests.splice(0) };
  }

  /** Makes a call with both packages, and returns everything that can be observed, except where ours differs on purpose. */
  async function both(call, respond) {
    const theirs = await make(0, call, respond);
    const mine = await make(1, call, respond);
    const [original, ours] = [theirs, mine].map(({ outcome, requests }, seat) => ({
      requests: requests.map((request, nth) =>
        comparableRequest(request, theirs.requests[nth], seat === 1),
      ),
      outcome: comparableOutcome(outcome),
    }));
    return { theirs, original, ours };
  }

  /** Makes a call with both packages, and compares everything that can be observed. */
  async function same(call, respond) {
    const { theirs, original, ours } = await both(call, respond);
    if (!isDeepStrictEqual(ours, original)) assert.deepStrictEqual(ours, original);
    return theirs;
  }

  return {
    port: server.port,
    make,
    both,
    same,
    async close() {
      await Promise.all(peers.map((peer) => peer.close()));
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

// Ours differs here on purpose: header names in lower case, `accept: */*`, and the Content-Type of a body if the caller has given
// none. `Connection: keep-alive` states the default of HTTP/1.1.
function comparableRequest({ method, target, headers, body }, theirs, isOurs) {
  const lowerCase = headers.map(([name, value]) => [name.toLowerCase(), value]);
  const theirNames = theirs?.headers.map(([name]) => name.toLowerCase()) ?? [];
  const added = ([name, value]) =>
    (name === 'connection' && value === 'keep-alive') ||
    (isOurs && name === 'accept' && value === '*/*' && !theirNames.includes(name)) ||
    (isOurs &&
      name === 'content-type' &&
      value === 'application/json' &&
      body.length > 0 &&
      !theirNames.includes(name));
  return {
    method,
    target,
    headers: lowerCase.filter((header) => !added(header)).sort(byText),
    body: body.toString('latin1'),
  };
}

const byText = (one, other) => (String(one) < String(other) ? -1 : 1);

// Ours differs here on purpose: an error response has a `stack`, and keeps its headers even if its body cannot be parsed. With the
// original, raw header names keep the case of the wire; with ours, they may be in lower case.
function comparableOutcome(outcome) {
  const { outcomes, resolved, rejected } = outcome;
  if (outcomes) return { ...outcome, outcomes: outcomes.map(comparableOutcome) };
  if (resolved?.rawHeaders) {
    const rawHeaders = lowerCaseNames(resolved.rawHeaders);
    const rawTrailers = lowerCaseNames(resolved.rawTrailers);
    // The JSON of a response has a test of its own.
    return { resolved: { ...resolved, rawHeaders, rawTrailers, json: undefined } };
  }
  if (rejected) {
    const left = ['stack', ...(isUnparsable(rejected) ? ['headers'] : [])];
    return {
      rejected: { ...rejected, own: rejected.own.filter(({ key }) => !left.includes(key)) },
    };
  }
  return outcome;
}

function lowerCaseNames(raw) {
  const own = raw.own.map(({ key, value, ...rest }) => ({
    key,
    value: Number(key) % 2 === 0 ? value.toLowerCase() : value,
    ...rest,
  }));
  return { ...raw, own };
}

/** Returns the value of a property of a described object. */
const property = (described, name) => described.own.find(({ key }) => key === name)?.value;

const isUnparsable = (rejected) =>
  rejected?.class === 'ErrorResponse' &&
  property(rejected, 'error') === 'Something went wrong, but could not parse the response';

module.exports = { isUnparsable, property, startWire };
