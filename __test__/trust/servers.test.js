'use strict';

// Compares calls to servers of every kind that OpenSSL and Node can be: each version of TLS, cipher suite, group for the key
// exchange, kind of certificate key and signature algorithm. Verdict, code, message and properties must equal the original's.
//
// What there is to try is what the running Node and the installed OpenSSL say they know. `.ci/run` installs OpenSSL.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');
const tls = require('node:tls');

const { certificate, describableKinds, key, KEYS } = require('./certificate');
const { cipherSuites, curves, digests, listed, serve, version, versions } = require('./openssl');
const { names } = require('../support/packages');
const { record } = require('../support/recorder');
const { assertAlike, outcomesOf, start } = require('../request/failures/support');

/* --------------------------------------------------------------------------- certificates */

const DAY = 24 * 3600 * 1000;
const common = {
  notBefore: new Date(Date.now() - DAY),
  notAfter: new Date(Date.now() + DAY),
  issuer: [{ kind: 'CN', value: 'Root of the servers' }],
  signer: key('p256', 1),
};
const root = certificate({
  ...common,
  subject: common.issuer,
  own: common.signer,
  extensions: [{ type: 'basicConstraints', critical: true, ca: true }],
}).cert;

const issued = new Map();

/** Returns a certificate for 127.0.0.1 with a key of this kind, issued by the root. */
function identity(kind) {
  if (!issued.has(kind)) {
    const own = key(kind, 2);
    const { cert } = certificate({
      ...common,
      serial: Buffer.of(2),
      subject: [{ kind: 'CN', value: 'localhost' }],
      own,
      extensions: [
        { type: 'subjectAltName', names: [{ kind: 'ip', value: Buffer.of(127, 0, 0, 1) }] },
      ],
    });
    issued.set(kind, { cert, key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) });
  }
  return issued.get(kind);
}

/* --------------------------------------------------------------------------- what to serve */

// OpenSSL lists all groups from version 3.5 on only. What is no curve of its other list are finite fields (RFC 7919, section 2)
// and Montgomery curves (RFC 8422, section 5.1.1).
const UNLISTED_GROUPS = [
  ...['X25519', 'X448', 'ffdhe2048', 'ffdhe3072', 'ffdhe4096', 'ffdhe6144', 'ffdhe8192'],
];
const MODERN = ['TLSv1.2', 'TLSv1.3'];

/**
 * @typedef {object} Server
 * @property {string} name
 * @property {string} kind the kind of the certificate's key
 * @property {string} version the only version of TLS
 * @property {string} [ciphers] the cipher suites of TLS 1.2 and earlier, all by default
 * @property {string} [suites] the only cipher suite of TLS 1.3
 * @property {string} [groups] the only group
 * @property {string} [signatures] the only algorithm of signatures
 */

/** @returns {Server[]} */
const byVersion = (versions) =>
  versions.flatMap((version) =>
    ['p256', 'rsa2048'].map((kind) => ({ name: `${version}, ${kind}`, kind, version })),
  );

const known = tls.getCiphers().map((name) => name.toUpperCase());
const ofTls13 = (name) => name.startsWith('TLS_');

/** @returns {Server[]} */
const bySuite = (names) => [
  ...names.map((name) => ({ name, kind: kindFor(name), version: 'TLSv1.2', ciphers: name })),
  // OpenSSL lists only those that it offers by default, and Node lists all.
  ...known.filter(ofTls13).map((name) => ({
    name,
    kind: 'p256',
    version: 'TLSv1.3',
    suites: name,
  })),
];

const kindFor = (suite) =>
  (/ECDSA/.test(suite) && 'p256') || (/DSS/.test(suite) && 'dsa2048') || 'rsa2048';

/** @returns {Server[]} */
const byGroup = (groups) =>
  [...new Set(groups)].flatMap((group) =>
    MODERN.map((version) => ({
      name: `${group}, ${version}`,
      kind: 'rsa2048',
      version,
      groups: group,
      // Without a cipher suite that exchanges the server's own key.
      ciphers: 'ECDHE+AESGCM:DHE+AESGCM',
    })),
  );

// Node 24 and 26 end when they describe a trusted certificate whose key is on another curve: the row `node-defects`.
const NIST_CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];

/** @returns {Server[]} */
const byKey = (curves) => {
  const kinds = describableKinds();
  const isUsable = (name) =>
    crypto.getCurves().includes(name) &&
    (kinds.includes('secp256k1') || NIST_CURVES.includes(name));
  return [...kinds, ...curves.filter(isUsable)].flatMap((kind) =>
    MODERN.map((version) => ({ name: `${kind}, ${version}`, kind, version })),
  );
};

const ofEcdsa = ['p256', 'p384', 'p521'];

/** @returns {Server[]} */
const bySignature = (digests, listed) => {
  const pairs = Object.entries({
    'RSA+': ['rsa2048'],
    rsa_pss_rsae_: ['rsa2048'],
    rsa_pss_pss_: ['pss2048'],
    'ECDSA+': ofEcdsa,
    'DSA+': ['dsa2048'],
  }).flatMap(([prefix, kinds]) =>
    digests.flatMap((digest) =>
      kinds.map((kind) => {
        const name = prefix.endsWith('+') ? digest.toUpperCase() : digest.toLowerCase();
        return { signature: prefix + name, kind };
      }),
    ),
  );
  const whole = [...new Set(['ed25519', 'ed448', ...listed])].flatMap((signature) => {
    const families = { rsa_pss_pss: 'pss2048', rsa: 'rsa2048', dsa: 'dsa2048' };
    const [family] = /^(rsa_pss_pss|rsa|dsa)/.exec(signature) ?? [];
    const kinds = KEYS[signature] ? [signature] : [families[family] ?? ofEcdsa].flat();
    return kinds.map((kind) => ({ signature, kind }));
  });
  return [...pairs, ...whole].flatMap(({ signature, kind }) =>
    MODERN.map((version) => ({
      name: `${signature}, ${kind}, ${version}`,
      kind,
      version,
      signatures: signature,
    })),
  );
};

/* --------------------------------------------------------------------------- how it is served */

const WEAK = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0';

/** Starts a server of Node's. */
const serveWithNode = ({ kind, version, ciphers = WEAK, suites, groups, signatures }) =>
  record({
    certificate: identity(kind),
    tls: {
      ciphers: [suites, ciphers, '@SECLEVEL=0'].filter(Boolean).join(':'),
      minVersion: version,
      maxVersion: version,
      dhparam: 'auto',
      ...(groups && { ecdhCurve: groups }),
      ...(signatures && { sigalgs: signatures }),
    },
    respond: () => ({ body: 'body' }),
  });

let folder;

/** Writes a file, once, and returns its path. */
function file(name, text) {
  const whole = path.join(folder, name);
  if (!fs.existsSync(whole)) fs.writeFileSync(whole, text);
  return whole;
}

/** Starts a server of OpenSSL's. */
const serveWithOpenssl = ({ kind, version, ciphers = WEAK, suites, groups, signatures }) => {
  const { cert, key } = identity(kind);
  return serve([
    ...['-cert', file(`${kind}.crt`, cert), '-key', file(`${kind}.key`, key)],
    `-${version.toLowerCase().replace('v', '').replace('.', '_')}`,
    ...['-cipher', `${ciphers}:@SECLEVEL=0`],
    // The suites with a shared key are only served where there is one.
    ...['-psk', '00'],
    ...(suites ? ['-ciphersuites', suites] : []),
    ...(groups ? ['-groups', groups] : []),
    ...(signatures ? ['-sigalgs', signatures] : []),
  ]);
};

/* --------------------------------------------------------------------------- the comparison */

// More servers at once only take memory.
const AT_ONCE = 100;

/**
 * Compares calls to the servers of a list. What cannot be served is left out: a list has names without a meaning in TLS.
 * @param {string} title
 * @param {(server: Server) => Promise<any>} serve
 * @param {() => Server[]} list
 */
function compareServers(title, serve, list) {
  it(title, async (t) => {
    const servers = list();
    const seen = { resolved: 0, rejected: 0 };
    let left = 0;
    for (let at = 0; at < servers.length; at += AT_ONCE) {
      const slice = servers.slice(at, at + AT_ONCE);
      const peers = await Promise.allSettled(slice.map(async (server) => serve(server)));
      const served = slice.flatMap((server, i) =>
        peers[i].status === 'fulfilled' ? [{ ...server, peers: [() => peers[i].value] }] : [],
      );
      left += slice.length - served.length;
      const started = await start(served);
      try {
        const options = { env: () => ({ NODE_EXTRA_CA_CERTS: file('root.pem', root) }) };
        const original = await outcomesOf(names.original, started.cases, options);
        const ours = await outcomesOf(names.ours, started.cases, options);
        for (const [i, { name, ports }] of started.cases.entries()) {
          seen[original[i].outcome] += 1;
          await t.test(name, () => assertAlike(original[i], ours[i], {}, ports));
        }
      } finally {
        await started.close();
      }
    }
    const counts = Object.entries(seen).map(([outcome, count]) => `${count} ${outcome}`);
    t.diagnostic(`The original: ${counts.join(', ')}. Left out, since no server starts: ${left}.`);
    // Calls to broken servers would end alike, too.
    assert.ok(seen.resolved > 1, 'The original reached no servers');
  });
}

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'servers-'));
});
after(() => fs.rmSync(folder, { recursive: true }));

describe('servers of Node', () => {
  const digests = crypto.getHashes();
  const compare = (title, list) => compareServers(title, serveWithNode, list);
  compare('versions', () => byVersion(['TLSv1', 'TLSv1.1', ...MODERN]));
  compare('cipher suites', () => bySuite(known.filter((name) => !ofTls13(name))));
  compare('groups', () => byGroup([...crypto.getCurves(), ...UNLISTED_GROUPS]));
  compare('keys', () => byKey(crypto.getCurves()));
  compare('signatures', () => bySignature(digests, []));
});

// `.ci/run` makes sure that OpenSSL is there.
const skip = version ? false : 'wants OpenSSL 3 or newer';

describe('servers of OpenSSL', { skip }, () => {
  const compare = (title, list) => compareServers(title, serveWithOpenssl, list);
  compare('versions', () => byVersion(versions()));
  compare('cipher suites', () => bySuite(cipherSuites()));
  compare('groups', () => byGroup([...curves(), ...UNLISTED_GROUPS, ...listed('-tls-groups')]));
  compare('keys', () => byKey(curves()));
  compare('signatures', () => bySignature(digests(), listed('-tls-signature-algorithms')));
});
