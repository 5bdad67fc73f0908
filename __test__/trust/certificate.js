'use strict';

// Writes X.509 certificates in which every part can be wrong.

const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');

const { bitString, boolean, der, explicit, implicit, integer } = require('../../testing/der');
const { octetString, oid, pem, sequence } = require('../../testing/der');

/* --------------------------------------------------------------------------- keys */

const KEYS = {
  p256: ['ec', { namedCurve: 'P-256' }],
  p384: ['ec', { namedCurve: 'P-384' }],
  p521: ['ec', { namedCurve: 'P-521' }],
  p224: ['ec', { namedCurve: 'P-224' }],
  p192: ['ec', { namedCurve: 'prime192v1' }],
  secp256k1: ['ec', { namedCurve: 'secp256k1' }],
  explicit: ['ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }],
  rsa768: ['rsa', { modulusLength: 768 }],
  rsa1000: ['rsa', { modulusLength: 1000 }],
  rsa1024: ['rsa', { modulusLength: 1024 }],
  rsa1536: ['rsa', { modulusLength: 1536 }],
  rsa2047: ['rsa', { modulusLength: 2047 }],
  rsa2048: ['rsa', { modulusLength: 2048 }],
  rsa3072: ['rsa', { modulusLength: 3072 }],
  pss2048: ['rsa-pss', { modulusLength: 2048 }],
  ed25519: ['ed25519', {}],
  ed448: ['ed448', {}],
  dsa2048: ['dsa', { modulusLength: 2048, divisorLength: 256 }],
};

/**
 * Returns the kinds of keys that the running Node can describe. Node 24 and 26 crash at a certificate on a curve without a NIST
 * name (`toLegacyObject`), at the latest when their client has verified it, so a process of its own describes each.
 */
function describableKinds() {
  return Object.keys(KEYS).filter((kind) => {
    if (KEYS[kind][0] !== 'ec') return true;
    const { status } = spawnSync(process.execPath, [__filename, kind]);
    return status === 0;
  });
}

/** Describes a certificate with a key of this kind. */
function describe(kind) {
  const own = key(kind);
  const names = [{ kind: 'CN', value: kind }];
  const [notBefore, notAfter] = [new Date(0), new Date(1)];
  const whole = { subject: names, issuer: names, notBefore, notAfter, own, signer: own };
  return new crypto.X509Certificate(
    certificate({ ...whole, extensions: [] }).cert,
  ).toLegacyObject();
}

const pool = new Map();

/** Returns one of a few keys of a kind, or on a curve that Node knows by this name; each key is generated once. */
function key(kind, number = 0) {
  const name = `${kind} ${number}`;
  if (!pool.has(name)) {
    const parameters = KEYS[kind] ?? ['ec', { namedCurve: kind }];
    const { publicKey, privateKey } = crypto.generateKeyPairSync(...parameters);
    const info = publicKey.export({ type: 'spki', format: 'der' });
    pool.set(name, {
      kind,
      privateKey,
      info,
      // RFC 7093, section 2, derives key identifiers in this way.
      id: crypto.createHash('sha256').update(info).digest().subarray(0, 20),
    });
  }
  return pool.get(name);
}

/* --------------------------------------------------------------------------- signatures */

const NULL = der(0x05);
const SHA2 = { sha256: 1, sha384: 2, sha512: 3, sha224: 4 };

const RSA = {
  md5: sequence(oid('1.2.840.113549.1.1.4'), NULL),
  sha1: sequence(oid('1.2.840.113549.1.1.5'), NULL),
  sha224: sequence(oid('1.2.840.113549.1.1.14'), NULL),
  sha256: sequence(oid('1.2.840.113549.1.1.11'), NULL),
  sha384: sequence(oid('1.2.840.113549.1.1.12'), NULL),
  sha512: sequence(oid('1.2.840.113549.1.1.13'), NULL),
};
const ECDSA = {
  sha1: sequence(oid('1.2.840.10045.4.1')),
  sha224: sequence(oid('1.2.840.10045.4.3.1')),
  sha256: sequence(oid('1.2.840.10045.4.3.2')),
  sha384: sequence(oid('1.2.840.10045.4.3.3')),
  sha512: sequence(oid('1.2.840.10045.4.3.4')),
};
const DSA = {
  sha1: sequence(oid('1.2.840.10040.4.3')),
  sha224: sequence(oid('2.16.840.1.101.3.4.3.1')),
  sha256: sequence(oid('2.16.840.1.101.3.4.3.2')),
};
const EDDSA = { ed25519: sequence(oid('1.3.101.112')), ed448: sequence(oid('1.3.101.113')) };

// The length of a salt is that of the digest.
const SALT = { sha256: 32, sha384: 48, sha512: 64, sha224: 28 };

// The parameters of RSASSA-PSS: RFC 4055, section 3.1.
const pss = (digest) => {
  const hash = sequence(oid(`2.16.840.1.101.3.4.2.${SHA2[digest]}`), NULL);
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      explicit(0, hash),
      explicit(1, sequence(oid('1.2.840.113549.1.1.8'), hash)),
      explicit(2, integer(SALT[digest])),
    ),
  );
};

/** Returns how `signer` signs: the algorithm identifier of certificates, and the function that signs. */
function signing({ privateKey }, digest, isPss) {
  const type = privateKey.asymmetricKeyType;
  if (EDDSA[type]) {
    return { algorithm: EDDSA[type], sign: (bytes) => crypto.sign(null, bytes, privateKey) };
  }
  if (type === 'rsa-pss' || (type === 'rsa' && isPss)) {
    // A short key has no room for a long digest and a salt of its length (RFC 8017, section 9.1.1).
    const room = privateKey.asymmetricKeyDetails.modulusLength / 8;
    const known = 2 * SALT[digest] + 2 <= room ? digest : 'sha256';
    const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    const saltLength = crypto.constants.RSA_PSS_SALTLEN_DIGEST;
    const options = { key: privateKey, padding, saltLength };
    return { algorithm: pss(known), sign: (bytes) => crypto.sign(known, bytes, options) };
  }
  const table = { rsa: RSA, ec: ECDSA, dsa: DSA }[type];
  const known = table[digest] ? digest : 'sha256';
  return { algorithm: table[known], sign: (bytes) => crypto.sign(known, bytes, privateKey) };
}

/* --------------------------------------------------------------------------- names */

const STRINGS = { utf8: 0x0c, numeric: 0x12, printable: 0x13, t61: 0x14, ia5: 0x16, visible: 0x1a };
const ATTRIBUTES = { CN: '2.5.4.3', O: '2.5.4.10', email: '1.2.840.113549.1.9.1' };

function text(type, value) {
  if (type === 'bmp') return der(0x1e, Buffer.from(value, 'utf16le').swap16());
  if (type === 'universal') {
    const characters = [...value].map((character) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(character.codePointAt(0));
      return bytes;
    });
    return der(0x1c, ...characters);
  }
  return der(STRINGS[type], Buffer.from(value, type === 'utf8' ? 'utf8' : 'latin1'));
}

/**
 * Encodes a distinguished name.
 * @param {{ kind: string, value: string, type?: string, joined?: boolean }[]} attributes
 */
function name(attributes) {
  const sets = [];
  for (const { kind, value, type = 'utf8', joined } of attributes) {
    const attribute = sequence(oid(ATTRIBUTES[kind]), text(type, value));
    if (joined && sets.length > 0) sets[sets.length - 1].push(attribute);
    else sets.push([attribute]);
  }
  return sequence(...sets.map((set) => der(0x31, ...set.sort(Buffer.compare))));
}

// Encodes a GeneralName: RFC 5280, section 4.2.1.6.
function generalName({ kind, value }) {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'latin1');
  switch (kind) {
    case 'other':
      return explicit(0, oid('1.2.3.4'), explicit(0, der(0x0c, bytes)));
    case 'mailbox':
      return explicit(0, oid('1.3.6.1.5.5.7.8.9'), explicit(0, der(0x0c, bytes)));
    case 'email':
      return implicit(1, bytes);
    case 'dns':
      return implicit(2, bytes);
    case 'directory':
      return explicit(4, name([{ kind: 'O', value: String(value) }]));
    case 'uri':
      return implicit(6, bytes);
    case 'ip':
      return implicit(7, bytes);
    default:
      return implicit(8, oid('1.2.3.4').subarray(2));
  }
}

/* --------------------------------------------------------------------------- extensions */

const EXTENSIONS = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  proxyCertInfo: '1.3.6.1.5.5.7.1.14',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ipAddrBlocks: '1.3.6.1.5.5.7.1.7',
  autonomousSystems: '1.3.6.1.5.5.7.1.8',
  tlsFeature: '1.3.6.1.5.5.7.1.24',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
  netscapeCertType: '2.16.840.1.113730.1.1',
  unknown: '1.2.3.4.5',
};

const PURPOSES = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  email: '1.3.6.1.5.5.7.3.4',
  any: '2.5.29.37.0',
  microsoft: '1.3.6.1.4.1.311.10.3.3',
  netscape: '2.16.840.1.113730.4.1',
};

// Encodes a named bit list, which ends with its last 1: X.690, section 11.2.2.
function bitList(number) {
  const octets = [number & 0xff, number >> 8];
  while (octets.length > 0 && octets[octets.length - 1] === 0) octets.pop();
  const last = octets[octets.length - 1];
  return bitString(Buffer.from(octets), last ? Math.log2(last & -last) : 0);
}

const subtree = ({ minimum, maximum, ...base }) =>
  sequence(
    generalName(base),
    ...(minimum === undefined ? [] : [implicit(0, Buffer.of(minimum))]),
    ...(maximum === undefined ? [] : [implicit(1, Buffer.of(maximum))]),
  );

const policy = sequence(sequence(oid('1.2.3.4')));

const WRITERS = {
  basicConstraints: ({ ca, pathLength }) =>
    sequence(
      ...(ca ? [boolean(true)] : []),
      ...(pathLength === undefined ? [] : [integer(Buffer.from(pathLength))]),
    ),
  keyUsage: ({ bits }) => bitList(bits),
  extKeyUsage: ({ purposes }) => sequence(...purposes.map((purpose) => oid(PURPOSES[purpose]))),
  netscapeCertType: ({ bits }) => bitList(bits),
  subjectKeyId: ({ id }) => octetString(id),
  authorityKeyId: ({ id, issuer, serial }) =>
    sequence(
      ...(id ? [implicit(0, id)] : []),
      ...(issuer ? [explicit(1, explicit(4, issuer))] : []),
      ...(serial ? [implicit(2, serial)] : []),
    ),
  subjectAltName: ({ names }) => sequence(...names.map(generalName)),
  issuerAltName: ({ names }) => sequence(...names.map(generalName)),
  nameConstraints: ({ permitted, excluded }) =>
    sequence(
      ...(permitted ? [explicit(0, ...permitted.map(subtree))] : []),
      ...(excluded ? [explicit(1, ...excluded.map(subtree))] : []),
    ),
  crlDistributionPoints: ({ point }) => {
    const uri = generalName({ kind: 'uri', value: 'http://crl.test/' });
    const points = {
      full: sequence(explicit(0, explicit(0, uri))),
      nothing: sequence(),
      reasons: sequence(implicit(1, Buffer.of(1, 0x40))),
      issuer: sequence(explicit(2, generalName({ kind: 'directory', value: 'a' }))),
      relative: sequence(
        explicit(0, explicit(1, sequence(oid('2.5.4.3'), text('utf8', 'relative')))),
      ),
    };
    return sequence(points[point]);
  },
  freshestCrl: () => sequence(),
  certificatePolicies: () => policy,
  policyMappings: () => sequence(sequence(oid('1.2.3.4'), oid('1.2.3.5'))),
  policyConstraints: () => sequence(implicit(0, Buffer.of(0))),
  inhibitAnyPolicy: () => integer(0),
  proxyCertInfo: ({ pathLength }) =>
    sequence(
      ...(pathLength === undefined ? [] : [integer(pathLength)]),
      sequence(oid('1.3.6.1.5.5.7.21.1')),
    ),
  authorityInfoAccess: () => sequence(),
  ipAddrBlocks: () =>
    sequence(sequence(octetString(Buffer.of(0, 1)), sequence(bitString(Buffer.of(10))))),
  autonomousSystems: () => sequence(explicit(0, sequence(integer(1)))),
  tlsFeature: () => sequence(integer(5)),
  ocspNoCheck: () => NULL,
  unknown: () => NULL,
};

function extension({ type, critical, malformed, ...value }) {
  const content = malformed ? Buffer.from(malformed) : WRITERS[type](value);
  return sequence(
    oid(EXTENSIONS[type]),
    ...(critical ? [boolean(true)] : []),
    octetString(content),
  );
}

/* --------------------------------------------------------------------------- the whole */

const digits = (date) => `${date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`;

/**
 * Encodes a time.
 * @param {Date | { raw: string, tag: number }} value
 */
function time(value) {
  if (!(value instanceof Date)) return der(value.tag, Buffer.from(value.raw));
  const year = value.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? der(0x17, Buffer.from(digits(value).slice(2)))
    : der(0x18, Buffer.from(digits(value)));
}

/**
 * Makes a certificate.
 * @param {object} parts `signer` is a key, `subject` and `issuer` are attributes, `extensions` are descriptions
 * @returns {{ der: Buffer, cert: string }}
 */
function certificate({
  version = 2,
  serial = Buffer.of(1),
  subject,
  issuer,
  notBefore,
  notAfter,
  own,
  signer,
  digest = 'sha256',
  isPss,
  extensions,
  // One fault: 'bits', or 'algorithm', which makes the outer algorithm differ from the signed one.
  spoiled,
}) {
  const { algorithm, sign } = signing(signer, digest, isPss);
  const toBeSigned = sequence(
    ...(version === 0 ? [] : [explicit(0, integer(version))]),
    integer(serial),
    algorithm,
    name(issuer),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    own.info,
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions.map(extension)))]),
  );
  const signature = sign(toBeSigned);
  if (spoiled === 'bits') signature[signature.length - 1] ^= 1;
  const outer = spoiled === 'algorithm' ? ECDSA.sha512 : algorithm;
  const whole = sequence(toBeSigned, outer, bitString(signature));
  return { der: whole, cert: pem(whole) };
}

module.exports = { certificate, describableKinds, key, KEYS, name, PURPOSES };

if (require.main === module) describe(process.argv[2]);
