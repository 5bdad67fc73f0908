'use strict';

// Makes X.509 certificates for test servers: authorities, chains, self-signed ones, and wrong ones.
//
// RFC 5280 says what a certificate holds (bare section numbers are its), X.690 how DER writes it.

const crypto = require('crypto');
const { isIPv4 } = require('net');

const { bitString, boolean, der, explicit, implicit, integer } = require('./der');
const { octetString, oid, pem, sequence } = require('./der');

const HOUR = 3600 * 1000;

/**
 * @typedef {object} Certificate what a TLS server takes, what its client must trust, and what
 *   issuing further certificates needs
 * @property {string} cert this certificate alone, PEM
 * @property {string} chain this certificate and its intermediates, without the root, PEM
 * @property {string} ca the root that it leads to (itself where self-signed), PEM
 * @property {string} key its private key, PKCS#8 PEM
 * @property {{ privateKey: crypto.KeyObject, subject: Buffer, keyId: Buffer }} issuing
 *
 * @typedef {object} Options
 * @property {string} [commonName] without one the subject is empty
 * @property {string[]} [dnsNames] subject alternative names; without any there is no such extension
 * @property {string[]} [ipAddresses] IPv4 and IPv6 addresses, named likewise
 * @property {Date} [notBefore] an hour ago, unless given
 * @property {Date} [notAfter] in a year, unless given
 * @property {'ec' | 'rsa'} [keyType] P-256 or RSA-2048, of the certificate's own key
 * @property {boolean} [isAuthority] says CA:TRUE
 */

/** @param {Options & { issuer?: Certificate }} options an intermediate where `issuer` is given */
const authority = ({ issuer, ...options }) => make({ ...options, isAuthority: true }, issuer);

/** @param {Certificate} issuer @param {Options} options */
const issue = (issuer, options) => make(options, issuer);

/** @param {Options} options */
const selfSigned = (options) => make(options);

/** @type {Certificate | undefined} */
let ownAuthority;

/** A certificate for this machine's loopback names; all of one process share an authority. */
function loopback() {
  ownAuthority = ownAuthority || authority({ commonName: 'Local test authority' });
  return issue(ownAuthority, {
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
  });
}

/**
 * @param {Options} options
 * @param {Certificate} [issuer]
 * @returns {Certificate}
 */
function make(options, issuer) {
  const { publicKey, privateKey } = generateKeyPair(options.keyType);
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const subject = name(options.commonName);
  // 4.2.1.2 leaves the method open; a digest of the whole SubjectPublicKeyInfo is in RFC 7093, 2.
  const keyId = crypto.createHash('sha256').update(publicKeyInfo).digest().subarray(0, 20);
  const signer = issuer ? issuer.issuing : { subject, privateKey };
  const algorithm =
    SIGNATURE_ALGORITHMS[/** @type {'ec' | 'rsa'} */ (signer.privateKey.asymmetricKeyType)];

  // 4.1.2, TBSCertificate
  const toBeSigned = sequence(
    explicit(0, integer(2)), // v3
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

// 4.1.2.2: positive, at most 20 octets. The first octet stays between 0x40 and 0x7f, for DER.
function serialNumber() {
  const bytes = crypto.randomBytes(16);
  bytes[0] = 0x40 | (bytes[0] & 0x3f);
  return bytes;
}

// 4.2: an extension that is not critical leaves the flag out, since FALSE is its default.
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
    // 4.2.1.9, basicConstraints: cA is FALSE by default, and the default is not written.
    extension('2.5.29.19', true, sequence(...(isAuthority ? [boolean(true)] : []))),
    extension('2.5.29.15', true, keyUsage(isAuthority, privateKey.asymmetricKeyType)),
    extension('2.5.29.14', false, octetString(keyId)), // 4.2.1.2, subjectKeyIdentifier
  ];
  if (issuer) {
    // 4.2.1.1, authorityKeyIdentifier
    list.push(extension('2.5.29.35', false, sequence(implicit(0, issuer.issuing.keyId))));
  }
  if (!isAuthority) {
    // 4.2.1.12, extKeyUsage: serverAuth and clientAuth
    const purposes = sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'));
    list.push(extension('2.5.29.37', false, purposes));
  }
  if (dnsNames.length + ipAddresses.length > 0) {
    // 4.2.1.6, subjectAltName: critical where it is the only name.
    const names = sequence(
      ...dnsNames.map((dnsName) => implicit(2, Buffer.from(dnsName, 'latin1'))),
      ...ipAddresses.map((address) => implicit(7, addressBytes(address))),
    );
    list.push(extension('2.5.29.17', commonName === undefined, names));
  }
  return list;
}

// 4.2.1.3. An authority has digitalSignature too, so that a self-signed one can be a server.
/** @param {boolean | undefined} isAuthority @param {string | undefined} keyType */
function keyUsage(isAuthority, keyType) {
  const digitalSignature = 0x80;
  const keyEncipherment = keyType === 'rsa' ? 0x20 : 0;
  const bits = digitalSignature | (isAuthority ? 0x06 : keyEncipherment); // keyCertSign, cRLSign
  return bitString(Buffer.of(bits), Math.log2(bits & -bits)); // X.690, 11.2.2: ends with the last 1
}

/** @param {string} address */
function addressBytes(address) {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // A URL writes every IPv6 address in one way: hexadecimal groups, zeros compressed.
  const { hostname } = new URL(`https://[${address}]`);
  const halves = hostname.slice(1, -1).split('::');
  const [head, tail = []] = halves.map((half) => half.split(':').filter(Boolean));
  const groups = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

// 4.1.2.4: one relative name, the common name (2.5.4.3) as UTF8String.
/** @param {string} [commonName] */
function name(commonName) {
  if (commonName === undefined) return sequence();
  return sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

// 4.1.2.5: UTCTime, with two digits of the year, through 2049; GeneralizedTime from 2050 on.
/** @param {Date} date */
function time(date) {
  const digits = `${date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`;
  const isUTCTime = date.getUTCFullYear() < 2050;
  return isUTCTime ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

// RFC 5758, 3.2, and RFC 4055, 5: RSA's identifier has parameters, NULL; ECDSA's has none.
const SIGNATURE_ALGORITHMS = {
  ec: sequence(oid('1.2.840.10045.4.3.2')),
  rsa: sequence(oid('1.2.840.113549.1.1.11'), der(0x05)),
};

module.exports = { authority, issue, selfSigned, loopback };
