'use strict';

// Whom the running Node trusts.

const NO_MORE = () => undefined;

/**
 * `roots` is the same list as long as nothing has changed.
 * @returns {{ roots: readonly string[] | undefined, extra: () => string | undefined, isSystem: boolean }}
 */
exports.trustedNow = () => {
  /** @type {any} */
  const tls = require('tls');
  if (usesOpenSsl()) {
    return { roots: tls.rootCertificates, extra: extraCertificates, isSystem: true };
  }
  // Knows of the file of extra ones, of the system's under --use-system-ca, and of what the program has set.
  if (typeof tls.getCACertificates === 'function') {
    return { roots: tls.getCACertificates('default'), extra: NO_MORE, isSystem: false };
  }
  return { roots: tls.rootCertificates, extra: extraCertificates, isSystem: false };
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
    return require('fs').readFileSync(file, 'latin1');
  } catch (error) {
    // As Node itself says when it starts to need them.
    const { message } = /** @type {Error} */ (error);
    process.emitWarning(`Ignoring extra certs from \`${file}\`, load failed: ${message}`);
    return undefined;
  }
}
