'use strict';

// Serves certificate chains of every kind over real TLS: ours must reach the verdict of Node's own client, with the same code and
// message.
//
// `TRUST_RUNS=20000` tries more chains. `TRUST_SEED`, which a failure prints, repeats the same chains.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');
const { isDeepStrictEqual } = require('node:util');

const fc = require('fast-check');

const { arbitraryCase, build } = require('./cases');
const { judgedByNode, judgedByOurs, serve } = require('./judges');

const RUNS = Number(process.env.TRUST_RUNS) || 2_000;

/* --------------------------------------------------------------------------- what differs */

// The kinds of keys with which ours verifies no signature.
const UNVERIFIED = ['p192', 'p224', 'secp256k1', 'explicit', 'ed448', 'dsa2048'];

const hasExtension = (type) => (change) => change.extension && change.extension.type === type;

/** The rows of docs/differences.md in which ours refuses what Node accepts. */
const stricter = {
  // No authority issues server certificates for such keys, or signs with such algorithms.
  'key-kinds': ({ keys, depth, version, changes }) => {
    const used = keys.slice(0, depth + 1);
    const isUnverified = used.some((kind) => UNVERIFIED.includes(kind));
    // The TLS 1.2 of the HTTP library does not support these keys.
    const isOfTls13 = ['p521', 'pss2048'].includes(keys[depth]) && version === 'TLSv1.2';
    const isOddPss =
      changes.some(({ value }) => value === 'sha224') &&
      (used.includes('pss2048') || changes.some(({ name }) => name === 'isPss'));
    return isUnverified || isOfTls13 || isOddPss;
  },
  // Such certificates are for routers.
  'routing-certificates': ({ changes }) =>
    changes.some((change) =>
      ['ipAddrBlocks', 'autonomousSystems'].some((type) => hasExtension(type)(change)),
    ),
};

/** The rows in which both refuse a chain that has two faults, each for a different fault. */
const otherwise = {
  // Ours does not verify a signature with a digest that it refuses anyway.
  'weak-digests': ({ changes }) => changes.some(({ value }) => ['sha1', 'md5'].includes(value)),
  // In TLS 1.2, Node checks the key usage before it checks the chain.
  'key-usage-first': ({ version }, node) => version === 'TLSv1.2' && node.code === 'EPROTO',
};

// The text of errors from the TLS library is not compared: see the row `tls-error-text`.
const comparable = ({ code, message, ...outcome }) => ({
  ...outcome,
  code,
  message: code === 'EPROTO' ? undefined : withoutHint(message),
});

// Node 24 adds a hint about one of its own flags.
const withoutHint = (message) => message?.replace(/; if the root CA is installed.*$/, '');

/* --------------------------------------------------------------------------- the comparison */

describe('chains', () => {
  let server;
  before(async () => {
    server = await serve();
  });
  after(() => server.close());

  it(`are judged as by Node, ${RUNS} of them`, async () => {
    const seen = { accepted: 0, refused: 0, codes: new Set(), rows: new Set() };
    const property = fc.asyncProperty(arbitraryCase, async (generated) => {
      const shown = build(generated);
      // Cases that a server with OpenSSL cannot present are skipped.
      fc.pre(server.show(shown) === undefined);
      const node = comparable(await judgedByNode(server.port, shown));
      const ours = comparable(await judgedByOurs(server.port, shown));
      if (node.status) seen.accepted += 1;
      else seen.refused += 1;
      seen.codes.add(node.code);
      if (isDeepStrictEqual(ours, node)) return;
      const rows = node.status ? stricter : { ...stricter, ...otherwise };
      const row = Object.keys(rows).find((name) => rows[name](generated, node));
      assert.ok(row && !ours.status, `${JSON.stringify(ours)} instead of ${JSON.stringify(node)}`);
      if (node.status) seen.rows.add(row);
    });
    const seed = Number(process.env.TRUST_SEED) || Date.now() % 2 ** 31;
    await fc.assert(property, { numRuns: RUNS, seed, reporter });

    // Both verdicts must be common, and the faults of every stage and each row must occur; otherwise the generator is not useful.
    assert.ok(seen.accepted > RUNS / 5 && seen.refused > RUNS / 5, JSON.stringify(seen));
    assert.deepEqual([...seen.rows].sort(), Object.keys(stricter).sort());
    for (const code of [
      'UNSPECIFIED',
      'INVALID_PURPOSE',
      'CERT_SIGNATURE_FAILURE',
      'CERT_HAS_EXPIRED',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ]) {
      assert.ok(seen.codes.has(code), `nothing came to ${code}`);
    }
  });
});

/** Throws an error that says how to repeat a failure. */
function reporter(details) {
  if (details.failed) {
    const { seed, counterexample, errorInstance } = details;
    const what = JSON.stringify(counterexample);
    throw new Error(`TRUST_SEED=${seed}: ${what}\n${errorInstance?.message}`);
  }
}
