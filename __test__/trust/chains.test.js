'use strict';

// Serves certificate chains of every kind over real TLS: a call must end with the verdict of Node's own client, with the same code
// and message, whether it was judged natively or by Node's client.
//
// `TRUST_RUNS=2000`, which CI sets, tries more chains. `TRUST_SEED`, which a failure prints, repeats the same chains.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { isDeepStrictEqual } = require('node:util');

const fc = require('fast-check');

const { startProxy } = require('../support/tunnel');
const { arbitraryCase, build } = require('./cases');
const { judgedByNode, judgedByOurs, serve } = require('./judges');

const RUNS = Number(process.env.TRUST_RUNS) || 300;

// The extensions that the native verifier does not read, or reads in another way.
const UNREAD =
  /^(keyUsage|netscapeCertType|ipAddrBlocks|autonomousSystems|nameConstraints|crlDistributionPoints|proxyCertInfo)$|KeyId$/;
// The changes after which several authorities have one name. The native verifier tries them all, and OpenSSL does not.
const SEVERAL = ['cross', 'rollover', 'twin', 'mimic'];

/**
 * Returns whether a case has what the row `native-verifier` of docs/differences.md names, where the native verifier accepts what
 * Node refuses.
 */
const isOfRow = ({ changes }, { code }) => {
  const areSeveral = changes.some(({ what }) => SEVERAL.includes(what));
  // A name or a signature that Node refuses is never accepted, unless OpenSSL has tried the wrong one of several authorities.
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'CERT_SIGNATURE_FAILURE') {
    return code === 'CERT_SIGNATURE_FAILURE' && areSeveral;
  }
  const isUnread = ({ what, name, value, at, validity, extension }) => {
    const isOfThisSecond = [validity, name === 'validity' && value].some((each) =>
      /this second/.test(each),
    );
    const isOfRoot = at === 0 && (what === 'extension' || name === 'validity');
    const isUnreadExtension = extension && (UNREAD.test(extension.type) || extension.malformed);
    return isOfThisSecond || isOfRoot || isUnreadExtension || what === 'twice';
  };
  return areSeveral || changes.some(isUnread);
};

// Too few chains come to the rare ones for a short run.
const COMMON = [
  ...['UNSPECIFIED', 'CERT_SIGNATURE_FAILURE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
];
const RARE = ['INVALID_PURPOSE', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'];

describe('chains', () => {
  it(`are judged as by Node, ${RUNS} of them`, async (t) => {
    const proxy = await startProxy();
    t.after(() => proxy.close());
    const seen = { accepted: 0, natively: 0, refused: 0, looser: 0, codes: {} };
    const property = fc.asyncProperty(arbitraryCase, async (generated) => {
      const shown = build(generated);
      const server = await serve(shown);
      // A server cannot present each chain that a certificate's writer can write.
      fc.pre(server !== undefined);
      const node = await judgedByNode(server.port, shown);
      const { verdict, isOfNode } = await judgedByOurs(server.port, shown, proxy);
      server.close();
      if (node.status) seen.accepted += 1;
      else seen.refused += 1;
      if (verdict.status && !isOfNode) seen.natively += 1;
      seen.codes[node.code] = (seen.codes[node.code] ?? 0) + 1;
      if (isDeepStrictEqual(verdict, node)) return;
      const isLooser = verdict.status && !isOfNode && isOfRow(generated, node);
      assert.ok(isLooser, `${JSON.stringify(verdict)} instead of ${JSON.stringify(node)}`);
      seen.looser += 1;
    });
    const seed = Number(process.env.TRUST_SEED) || Date.now() % 2 ** 31;
    await fc.assert(property, { numRuns: RUNS, seed, reporter });
    t.diagnostic(JSON.stringify(seen));

    // Both verdicts must be common, many must be native, and the faults of every stage must occur; otherwise the generator is not
    // useful.
    const { accepted, natively, refused, codes } = seen;
    const few = RUNS / 5;
    assert.ok(accepted > few && natively > few && refused > few, JSON.stringify(seen));
    for (const code of [...COMMON, ...(RUNS >= 2_000 ? RARE : [])]) {
      assert.ok(codes[code] > 0, `nothing came to ${code}`);
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
