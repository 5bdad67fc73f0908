'use strict';

// Reads the trust store and the security level of the running Node.
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

/**
 * Returns OpenSSL's security level in the running Node, which says how strong the keys and digests of certificates have to be.
 * The default is 2 since Node 24, and 1 before.
 */
exports.securityLevel = () => {
  const { DEFAULT_CIPHERS = '' } = require('tls');
  const given = /@SECLEVEL=(\d)/.exec(DEFAULT_CIPHERS);
  if (given) {
    return Number(given[1]);
  }
  return Number.parseInt(process.versions.node, 10) >= 24 ? 2 : 1;
};

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
