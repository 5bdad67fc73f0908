'use strict';

// Reads the trust store of the running Node, and what its TLS may negotiate.
// Judging a server's certificates belongs in src/trust/.
// The files here import from no other folder.

const NO_MORE = () => undefined;

/**
 * Returns the trust store of the running Node. `roots` is the same array as long as nothing has changed.
 * @returns {{ roots: readonly string[] | undefined, extra: () => string | undefined, isSystem: boolean }}
 */
exports.trustedNow = () => {
  /** @type {any} */
  const tls = require('tls');
  if (usesOpenSsl()) {
    return { roots: tls.rootCertificates, extra: extraCertificates, isSystem: true };
  }
  // This list includes the certificates of NODE_EXTRA_CA_CERTS, those of the system under --use-system-ca, and those that the
  // program has set.
  if (typeof tls.getCACertificates === 'function') {
    return { roots: tls.getCACertificates('default'), extra: NO_MORE, isSystem: false };
  }
  return { roots: tls.rootCertificates, extra: extraCertificates, isSystem: false };
};

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** @type {any} */
let negotiated = {};

/**
 * Returns what TLS may negotiate in the running Node: the versions from `tls.DEFAULT_MIN_VERSION` to `tls.DEFAULT_MAX_VERSION`,
 * and what the security level of `tls.DEFAULT_CIPHERS` allows. The result is the same object as long as nothing has changed.
 * Throws Node's own error for a version that it does not know.
 * @returns {{ tls12: boolean, tls13: boolean, securityLevel: number }}
 */
exports.negotiatedNow = () => {
  /** @type {any} */
  const tls = require('tls');
  const { DEFAULT_MIN_VERSION: min, DEFAULT_MAX_VERSION: max, DEFAULT_CIPHERS: ciphers } = tls;
  if (min !== negotiated.min || max !== negotiated.max || ciphers !== negotiated.ciphers) {
    // Not every runtime has these properties.
    const lowest = min === undefined ? 0 : VERSIONS.indexOf(min);
    const highest = max === undefined ? 3 : VERSIONS.indexOf(max);
    if (lowest < 0 || highest < 0) {
      tls.createSecureContext({ minVersion: min, maxVersion: max });
    }
    const tls12 = lowest <= 2 && highest >= 2;
    const tls13 = highest === 3;
    negotiated = { min, max, ciphers, tls12, tls13, securityLevel: securityLevel(ciphers) };
  }
  return negotiated;
};

/**
 * Returns OpenSSL's security level, which says how strong keys, digests, ciphers and key exchanges have to be. The default is 2
 * since Node 24, and 1 before.
 * @param {string} [ciphers]
 */
function securityLevel(ciphers = '') {
  const given = /@SECLEVEL=(\d)/.exec(ciphers);
  if (given) {
    return Number(given[1]);
  }
  return Number.parseInt(process.versions.node, 10) >= 24 ? 2 : 1;
}

function usesOpenSsl() {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS || '').split(/\s+/)];
  return given.includes('--use-openssl-ca');
}

function extraCertificates() {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (!file) {
    return undefined;
  }
  try {
    // OpenSSL accepts this label with the same meaning, and ignores a byte order mark.
    const pem = require('fs').readFileSync(file, 'utf8');
    return readable(
      pem.replace(/^\uFEFF/, '').replace(/(BEGIN|END) X509 CERTIFICATE/g, '$1 CERTIFICATE'),
    );
  } catch {
    // Node itself warns of a file that it cannot read.
    return undefined;
  }
}

/**
 * Returns the PEM text up to the first block that is not a valid certificate, since Node stops at that block.
 * @param {string} pem
 */
function readable(pem) {
  const { X509Certificate } = require('crypto');
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  for (const { 0: block, index } of X509Certificate ? blocks : []) {
    try {
      new X509Certificate(block);
    } catch {
      return pem.slice(0, index);
    }
  }
  return pem;
}
