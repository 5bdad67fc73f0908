'use strict';

// Reads the root certificates that the running Node trusts, and the versions of TLS that it negotiates.
//
// A root that a program adds enters the native store only if it is plain: one that OpenSSL and webpki judge alike. A chain that
// needs another one is refused natively, and Node's own client decides.

const { extraCertificates } = require('./started.js');

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const MOST_KNOWN = 64;

/** The plain roots of the texts that were read last. @type {Map<string, string>} */
const known = new Map();

/** @type {{ list: readonly string[] | undefined, roots: string }} */
let trusted = { list: undefined, roots: '' };

/**
 * Returns the plain roots of a text in PEM, as a text in PEM, which is empty if there are none. Node before 15.6 cannot tell.
 * @param {string} pem
 */
exports.plainRoots = (pem) => {
  let roots = known.get(pem);
  if (roots === undefined) {
    roots = (pem.match(BLOCK) || []).filter(isPlain).join('\n');
    if (known.size >= MOST_KNOWN) {
      known.clear();
    }
    known.set(pem, roots);
  }
  return roots;
};

/** Returns the roots that the running Node trusts, as far as they are plain, in PEM. */
exports.rootsNow = () => {
  const list = listNow();
  if (list !== trusted.list) {
    trusted = { list, roots: nativeRoots(list).join('\n') };
  }
  return trusted.roots;
};

/**
 * Returns the plain certificates of a list, each once. Node has vouched for its own roots, so that they are not read here: that
 * would take a tenth of a second for a bundle of 140, which often has the same certificates in other lines.
 * @param {readonly string[]} list
 */
function nativeRoots(list) {
  const bundled = bundledRoots();
  const certificates = new Map(list.map((pem) => [content(pem), pem]));
  const plain = [...certificates].filter(([text, pem]) => bundled.has(text) || isPlain(pem));
  return plain.map(([, pem]) => pem);
}

/** @param {string} pem */
function content(pem) {
  return pem.replace(/\s/g, '');
}

/** Returns the contents of Node's own roots. */
function bundledRoots() {
  return new Set((require('tls').rootCertificates || []).map(content));
}

/** Returns whether the program adds roots, and the running Node cannot tell whether they are plain. */
exports.addedRootsAreUnknown = () =>
  certificateClass() === undefined && extraCertificates !== undefined;

/** @type {readonly string[] | undefined} */
let withExtra;

/** Returns the roots that the running Node trusts: the same list as long as nothing has changed. @returns {readonly string[]} */
function listNow() {
  /** @type {any} */
  const tls = require('tls');
  // This list includes the certificates of NODE_EXTRA_CA_CERTS, those of the system under --use-system-ca, and those that the
  // program has set.
  if (Object.prototype.hasOwnProperty.call(tls, 'getCACertificates')) {
    return tls.getCACertificates('default');
  }
  if (withExtra === undefined) {
    withExtra = [...(require('tls').rootCertificates || []), ...extraList()];
  }
  return withExtra;
}

/** Returns the certificates of NODE_EXTRA_CA_CERTS up to the first that cannot be read, since Node stops there. */
function extraList() {
  if (extraCertificates === undefined || certificateClass() === undefined) {
    return [];
  }
  const blocks = extraCertificates.match(BLOCK) || [];
  const bundled = bundledRoots();
  const isBad = (/** @type {string} */ block) => !bundled.has(content(block)) && !read(block);
  const bad = blocks.findIndex(isBad);
  return bad === -1 ? blocks : blocks.slice(0, bad);
}

/** Returns Node's class of certificates, which Node before 15.6 does not have. @returns {any} */
function certificateClass() {
  return /** @type {any} */ (require('crypto')).X509Certificate;
}

/** @param {string} pem */
function read(pem) {
  try {
    return new (certificateClass())(pem);
  } catch {
    return undefined;
  }
}

/**
 * Returns whether a root certificate is plain: an authority of all purposes, in date, that has signed itself.
 * @param {string} pem
 */
function isPlain(pem) {
  const root = certificateClass() && read(pem);
  // This property holds the purposes of the extended key usage.
  if (!root?.ca || root.keyUsage) {
    return false;
  }
  // `Date.now` may be a program's own.
  /** @type {any} */
  const now = new Date();
  return (
    Date.parse(root.validFrom) <= now &&
    now <= Date.parse(root.validTo) &&
    root.checkIssued(root) &&
    isSignedByItself(root)
  );
}

/** @param {any} root */
function isSignedByItself(root) {
  try {
    return root.verify(root.publicKey);
  } catch {
    // OpenSSL does not know the kind of key.
    return false;
  }
}

/** @type {any} */
let negotiated = {};

/**
 * Returns which versions of TLS the running Node negotiates, of those that are negotiated natively as well. The result is the
 * same object as long as nothing has changed.
 * @returns {{ tls12: boolean, tls13: boolean }}
 */
exports.versionsNow = () => {
  const { DEFAULT_MIN_VERSION: min, DEFAULT_MAX_VERSION: max } = require('tls');
  if (min !== negotiated.min || max !== negotiated.max) {
    // Not every runtime has these properties. A version that Node does not know leaves nothing.
    const lowest = min === undefined ? 0 : VERSIONS.indexOf(min);
    const highest = max === undefined ? 3 : VERSIONS.indexOf(max);
    const isKnown = lowest >= 0 && highest >= 0;
    negotiated = {
      min,
      max,
      tls12: isKnown && lowest <= 2 && highest >= 2,
      tls13: isKnown && highest === 3,
    };
  }
  return negotiated;
};
