'use strict';

// Creates X.509 certificates for test servers: root, intermediate, leaf and self-signed certificates, and invalid ones.
//
// RFC 5280 defines the content of certificates, X.690 their encoding in DER. Section numbers without a document are those of
// RFC 5280.

const crypto = require('crypto');
const { isIPv4 } = require('net');

const { bitString, boolean, der, explicit, implicit, integer } = require('./der');
const { octetString, oid, pem, sequence } = require('./der');

const HOUR = 3600 * 1000;

/**
 * @typedef {object} Certificate the files for a TLS server, the root certificate for its client to trust, and the values that
 *   are needed to issue further certificates
 * @property {string} cert this certificate alone, PEM
 * @property {string} chain this certificate and its intermediate certificates, without the root certificate, PEM
 * @property {string} ca the root certificate of the chain (this certificate if it is self-signed), PEM
 * @property {string} key the private key, PKCS#8 PEM
 * @property {{ privateKey: crypto.KeyObject, subject: Buffer, keyId: Buffer }} issuing
 *
 * @typedef {object} Options
 * @property {string} [commonName] the common name; the subject is empty without a common name
 * @property {string[]} [dnsNames] the DNS names among the subject alternative names, an extension that is left out if there
 *   are neither DNS names nor IP addresses
 * @property {string[]} [ipAddresses] the IPv4 and IPv6 addresses among the subject alternative names
 * @property {Date} [notBefore] the start of the validity period, by default an hour ago
 * @property {Date} [notAfter] the end of the validity period, by default in a year
 * @property {'ec' | 'rsa'} [keyType] the type of the certificate's own key: P-256, the default, or RSA with 2048 bits
 * @property {boolean} [isAuthority] whether the basic constraints say CA:TRUE
 */

/**
 * Creates a CA certificate: an intermediate certificate if `issuer` is given, or else a root certificate.
 *
 * @param {Options & { issuer?: Certificate }} options
 */
const authority = ({ issuer, ...options }) => make({ ...options, isAuthority: true }, issuer);

/**
 * Creates a leaf certificate that `issuer` signs.
 *
 * @param {Certificate} issuer
 * @param {Options} options
 */
const issue = (issuer, options) => make(options, issuer);

/**
 * Creates a self-signed certificate that is not a CA certificate.
 *
 * @param {Options} options
 */
const selfSigned = (options) => make(options);

/** @type {Certificate | undefined} */
let ownAuthority;

/** Creates a certificate for the loopback names of this machine. All such certificates of one process have the same root. */
function loopback() {
  ownAuthority = ownAuthority || authority({ commonName: 'Local test authority' });
  return issue(ownAuthority, {
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
  });
}

/**
 * Creates a certificate that is signed by `issuer`, or self-signed without `issuer`.
 *
 * @param {Options} options
 * @param {Certificate} [issuer]
 * @returns {Certificate}
 */
function make(options, issuer) {
  const { publicKey, privateKey } = generateKeyPair(options.keyType);
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const subject = name(options.commonName);
  // Section 4.2.1.2 leaves the method open. RFC 7093, section 2, defines a digest of the whole SubjectPublicKeyInfo.
  const keyId = crypto.createHash('sha256').update(publicKeyInfo).digest().subarray(0, 20);
  const signer = issuer ? issuer.issuing : { subject, privateKey };
  const algorithm =
    SIGNATURE_ALGORITHMS[/** @type {'ec' | 'rsa'} */ (signer.privateKey.asymmetricKeyType)];

  // This is TBSCertificate, section 4.1.2.
  const toBeSigned = sequence(
    explicit(0, integer(2)), // The value 2 means version 3.
    integer(serialNumber()),
    algorithm,
    signer.subject,
    sequence(
      time(options.notBefore || new Date(Date.now() - HOUR)),
      time(options.notAfter || new Date(Date.now() + 365 * 24 * HOUR)),
    ),
    subject,
    publicKeyInfo,
    explicit(3, sequence(...extensions(options, privateKey, keyId, issuer))),
  );
  const signature = crypto.sign('sha256', toBeSigned, signer.privateKey);
  const cert = pem(sequence(toBeSigned, algorithm, bitString(signature)));
  const intermediates = issuer && issuer.cert !== issuer.ca ? issuer.chain : '';

  return {
    cert,
    chain: cert + intermediates,
    ca: issuer ? issuer.ca : cert,
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    issuing: { privateKey, subject, keyId },
  };
}

/** @param {any} keyType */
const generateKeyPair = (keyType = 'ec') =>
  crypto.generateKeyPairSync(keyType, { modulusLength: 2048, namedCurve: 'P-256' });

// A serial number is positive and has at most 20 octets (4.1.2.2). With the first octet between 0x40 and 0x7f, the random octets
// are the DER encoding of a positive integer.
function serialNumber() {
  const bytes = crypto.randomBytes(16);
  bytes[0] = 0x40 | (bytes[0] & 0x3f);
  return bytes;
}

// DER leaves out default values, so a non-critical extension has no flag (4.2).
/**
 * @param {Options} options
 * @param {crypto.KeyObject} privateKey
 * @param {Buffer} keyId
 * @param {Certificate} [issuer]
 */
function extensions(options, privateKey, keyId, issuer) {
  const { commonName, dnsNames = [], ipAddresses = [], isAuthority } = options;
  /** @param {string} id @param {boolean} critical @param {Buffer} value */
  const extension = (id, critical, value) =>
    sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));
  const list = [
    // basicConstraints (4.2.1.9): cA is FALSE by default, and DER leaves out default values.
    extension('2.5.29.19', true, sequence(...(isAuthority ? [boolean(true)] : []))),
    extension('2.5.29.15', true, keyUsage(isAuthority, privateKey.asymmetricKeyType)),
    extension('2.5.29.14', false, octetString(keyId)), // subjectKeyIdentifier (4.2.1.2)
  ];
  if (issuer) {
    // authorityKeyIdentifier (4.2.1.1)
    list.push(extension('2.5.29.35', false, sequence(implicit(0, issuer.issuing.keyId))));
  }
  if (!isAuthority) {
    // extKeyUsage (4.2.1.12): serverAuth and clientAuth
    const purposes = sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'));
    list.push(extension('2.5.29.37', false, purposes));
  }
  if (dnsNames.length + ipAddresses.length > 0) {
    // subjectAltName (4.2.1.6): the extension is critical if the subject is empty.
    const names = sequence(
      ...dnsNames.map((dnsName) => implicit(2, Buffer.from(dnsName, 'latin1'))),
      ...ipAddresses.map((address) => implicit(7, addressBytes(address))),
    );
    list.push(extension('2.5.29.17', commonName === undefined, names));
  }
  return list;
}

// This is keyUsage (4.2.1.3). A CA certificate also allows digitalSignature, so that a server can use a self-signed CA
// certificate.
/** @param {boolean | undefined} isAuthority @param {string | undefined} keyType */
function keyUsage(isAuthority, keyType) {
  const digitalSignature = 0x80;
  const keyEncipherment = keyType === 'rsa' ? 0x20 : 0;
  const bits = digitalSignature | (isAuthority ? 0x06 : keyEncipherment); // 0x06: keyCertSign, cRLSign
  return bitString(Buffer.of(bits), Math.log2(bits & -bits)); // X.690, 11.2.2: no trailing zeros
}

/** @param {string} address */
function addressBytes(address) {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // The URL parser normalizes an IPv6 address to hexadecimal groups with the longest run of zeros compressed.
  const { hostname } = new URL(`https://[${address}]`);
  const halves = hostname.slice(1, -1).split('::');
  const [head, tail = []] = halves.map((half) => half.split(':').filter(Boolean));
  const groups = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

// A name (4.1.2.4) here has one relative distinguished name: the common name (2.5.4.3) as UTF8String.
/** @param {string} [commonName] */
function name(commonName) {
  if (commonName === undefined) return sequence();
  return sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

// Dates through 2049 are UTCTime, with a two-digit year, and dates from 2050 on are GeneralizedTime (4.1.2.5).
/** @param {Date} date */
function time(date) {
  const digits = `${date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`;
  const isUTCTime = date.getUTCFullYear() < 2050;
  return isUTCTime ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

// The identifier of RSA has NULL parameters (RFC 4055, section 5), and that of ECDSA has none (RFC 5758, section 3.2).
const SIGNATURE_ALGORITHMS = {
  ec: sequence(oid('1.2.840.10045.4.3.2')),
  rsa: sequence(oid('1.2.840.113549.1.1.11'), der(0x05)),
};

module.exports = { authority, issue, selfSigned, loopback };
