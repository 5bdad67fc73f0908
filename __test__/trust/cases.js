'use strict';

// Generates what a server may present and a client may trust: a valid chain, and changes to it.

const fc = require('fast-check');

const { certificate, describableKinds, key, name, PURPOSES } = require('./certificate');

const HOUR = 3600 * 1000;
const HOSTS = ['localhost', 'a.example.test', 'b.a.example.test', '127.0.0.1'];

/* --------------------------------------------------------------------------- generation */

const optional = (arbitrary) => fc.option(arbitrary, { nil: undefined });
const critical = fc.boolean();
const weighted = (...pairs) =>
  fc.oneof(...pairs.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const oneOf = fc.constantFrom;

const names = {
  dns: oneOf(
    ...HOSTS,
    ...['*.example.test', '*.a.example.test', 'a*.example.test', '*.test', '*', 'other.test'],
    ...['LOCALHOST', 'localhost.', 'a..b', '', 'bücher.test', 'xn--bcher-kva.test', 'a_b.test'],
    ...['.example.test', '-a.test', 'example.test', 'a, DNS:localhost', 'a"b', 'a\0b', "a'b"],
  ),
  email: oneOf('a@example.test', 'A@a.example.test', 'a@EXAMPLE.test', 'nobody', '@', 'a@b@c.test'),
  mailbox: oneOf('a@example.test', 'ü@example.test', 'nobody'),
  uri: oneOf(
    ...['http://example.test/', 'http://a.example.test:80/', 'https://EXAMPLE.test', 'urn:a:b'],
    ...['http://', 'http:///a', 'a', 'http://u@example.test/'],
  ),
  ip: oneOf(
    ...[Buffer.of(127, 0, 0, 1), Buffer.of(10, 0, 0, 1), Buffer.alloc(16), Buffer.of(1, 2, 3)],
    Buffer.from([...Buffer.alloc(15), 1]),
  ),
  directory: oneOf('organization', 'other', 'Organization'),
  other: oneOf('a', 'b'),
  registered: oneOf(''),
};
const kindsOfName = Object.keys(names);
const nameOf = (kind) => names[kind].map((value) => ({ kind, value }));
const anyName = weighted(
  [4, nameOf('dns')],
  [2, nameOf('ip')],
  [4, fc.oneof(...kindsOfName.map(nameOf))],
);

const bases = {
  ...names,
  dns: oneOf(
    ...['', 'localhost', 'test', 'example.test', '.example.test', 'a.example.test', '.test'],
    ...['EXAMPLE.TEST', 'other.test', '*.example.test', 'host', 'ample.test'],
  ),
  email: oneOf(
    '',
    'example.test',
    '.example.test',
    'a@example.test',
    '@example.test',
    'B@example.test',
  ),
  mailbox: oneOf(''),
  uri: oneOf('', 'example.test', '.example.test', 'EXAMPLE.test'),
  ip: oneOf(
    ...[Buffer.of(127, 0, 0, 0, 255, 0, 0, 0), Buffer.of(10, 0, 0, 0, 255, 0, 0, 0)],
    ...[
      Buffer.alloc(8),
      Buffer.alloc(32),
      Buffer.alloc(4),
      Buffer.of(127, 0, 0, 1, 255, 0, 255, 255),
    ],
  ),
};
const baseOf = (kind) =>
  fc.record({
    kind: fc.constant(kind),
    value: bases[kind],
    minimum: weighted([12, fc.constant(undefined)], [1, oneOf(0, 1)]),
    maximum: weighted([14, fc.constant(undefined)], [1, oneOf(0, 1)]),
  });
const subtrees = fc.array(
  weighted([4, baseOf('dns')], [2, baseOf('ip')], [4, fc.oneof(...kindsOfName.map(baseOf))]),
  { maxLength: 3 },
);

const attribute = weighted(
  [
    4,
    fc.record({
      kind: fc.constant('CN'),
      value: names.dns,
      type: oneOf('utf8', 'printable', 't61', 'bmp', 'ia5', 'universal', 'numeric'),
      joined: fc.boolean(),
    }),
  ],
  [
    2,
    fc.record({ kind: fc.constant('O'), value: names.directory, type: oneOf('utf8', 'printable') }),
  ],
  [2, fc.record({ kind: fc.constant('email'), value: names.email, type: oneOf('ia5', 'utf8') })],
);

// Bits of keyUsage: digitalSignature, keyEncipherment, keyAgreement, keyCertSign, cRLSign, nonRepudiation, decipherOnly.
const usages = fc
  .subarray([0x80, 0x20, 0x08, 0x04, 0x02, 0x40, 0x8000])
  .map((bits) => bits.reduce((all, bit) => all | bit, 0));

const malformed = oneOf(
  ...[
    '',
    '05',
    '0500',
    '3003',
    '30020101',
    '0101ff',
    '020101',
    '3000',
    '040',
    '0400',
    '030100',
    '0302078a',
  ].map((hex) => Buffer.from(hex.length % 2 ? `${hex}0` : hex, 'hex')),
);

const extensionsOf = {
  basicConstraints: {
    ca: fc.boolean(),
    pathLength: weighted(
      [2, fc.constant(undefined)],
      [3, oneOf([0], [1], [2])],
      [1, oneOf([0xff], [0, 1], [0, 0xff], [1, 0, 0, 0, 0, 0, 0, 0, 0])],
    ),
  },
  keyUsage: { bits: usages },
  extKeyUsage: { purposes: fc.subarray(Object.keys(PURPOSES)) },
  netscapeCertType: { bits: oneOf(0, 0x40, 0x04, 0x02, 0x44, 0x80, 0x07) },
  subjectKeyId: { id: oneOf(Buffer.from('other'), Buffer.alloc(0)) },
  authorityKeyId: {
    of: oneOf(
      'id',
      'issuer',
      'serial',
      'all',
      'wrong id',
      'wrong issuer',
      'wrong serial',
      'nothing',
    ),
  },
  subjectAltName: { names: fc.array(anyName, { maxLength: 4 }) },
  issuerAltName: { names: fc.constant([{ kind: 'dns', value: 'a.test' }]) },
  nameConstraints: { permitted: optional(subtrees), excluded: optional(subtrees) },
  crlDistributionPoints: { point: oneOf('full', 'nothing', 'reasons', 'issuer', 'relative') },
  freshestCrl: {},
  certificatePolicies: {},
  policyMappings: {},
  policyConstraints: {},
  inhibitAnyPolicy: {},
  proxyCertInfo: { pathLength: optional(oneOf(0, 1)) },
  authorityInfoAccess: {},
  ipAddrBlocks: {},
  autonomousSystems: {},
  tlsFeature: {},
  ocspNoCheck: {},
  unknown: {},
};
const kindsOfExtension = Object.keys(extensionsOf);
const extensionOf = (type) =>
  fc.record({
    type: fc.constant(type),
    critical,
    malformed: weighted([15, fc.constant(undefined)], [1, malformed]),
    ...extensionsOf[type],
  });
const likely = [
  'basicConstraints',
  'keyUsage',
  'extKeyUsage',
  'nameConstraints',
  'subjectAltName',
  'authorityKeyId',
];
const anyExtension = weighted(
  [2, fc.oneof(...likely.map(extensionOf))],
  [1, fc.oneof(...kindsOfExtension.map(extensionOf))],
);

const at = fc.nat({ max: 3 });
const field = {
  version: oneOf(0, 1, 3),
  serial: oneOf(
    ...[
      Buffer.of(0),
      Buffer.of(0x80),
      Buffer.alloc(21, 1),
      Buffer.alloc(40, 7),
      Buffer.of(0, 0x80),
    ],
    Buffer.from([0, ...Buffer.alloc(20, 0xff)]),
  ),
  validity: oneOf(
    ...[
      'expired',
      'future',
      'this second',
      'from this second',
      'never',
      'long ago',
      'far',
      'general',
    ],
    ...['no seconds', 'offset', 'letters', 'month 13', 'February 30', 'fraction', 'both malformed'],
  ),
  digest: oneOf('sha1', 'sha384', 'sha512', 'sha224', 'md5'),
  isPss: fc.constant(true),
  spoiled: oneOf('bits', 'algorithm'),
  subject: fc.array(attribute, { maxLength: 3 }),
  issuer: fc.array(attribute, { maxLength: 3 }),
  spelling: oneOf('case', 'spaces', 'printable', 'bmp', 'other', 'universal', 't61'),
  signer: oneOf('other', 'own'),
  ownKey: oneOf('other'),
};

const change = weighted(
  [12, fc.record({ what: fc.constant('extension'), at, extension: anyExtension })],
  [2, fc.record({ what: fc.constant('without'), at, type: oneOf(...likely, 'subjectKeyId') })],
  [1, fc.record({ what: fc.constant('twice'), at, type: oneOf(...likely, 'subjectKeyId') })],
  [
    10,
    fc.oneof(
      ...Object.entries(field).map(([name, value]) =>
        fc.record({ what: fc.constant('field'), at, name: fc.constant(name), value }),
      ),
    ),
  ],
  [
    6,
    fc.record({
      what: fc.constant('rollover'),
      at,
      direction: oneOf('new by old', 'old by new'),
      trusted: fc.boolean(),
      isRooted: fc.boolean(),
    }),
  ],
  [
    4,
    fc.record({
      what: fc.constant('cross'),
      at,
      trusted: fc.boolean(),
      sent: fc.boolean(),
      isFirst: fc.boolean(),
      validity: optional(field.validity),
      extension: optional(anyExtension),
    }),
  ],
  [
    2,
    fc.record({
      what: fc.constant('twin'),
      at,
      validity: field.validity,
      isFirst: fc.boolean(),
      trusted: fc.boolean(),
    }),
  ],
  [2, fc.record({ what: fc.constant('mimic'), at, sent: fc.boolean(), trusted: fc.boolean() })],
);

// The kinds of keys that every client can verify are more likely, because a case with another kind shows little else.
const kindOfKey = weighted(
  [30, fc.constant('p256')],
  [3, oneOf('p384', 'rsa2048', 'rsa3072', 'ed25519')],
  [2, oneOf('rsa1024', 'rsa1536', 'rsa2047', 'rsa1000', 'rsa768', 'explicit', 'pss2048')],
  [1, oneOf(...describableKinds())],
);

const arbitraryCase = fc.record({
  depth: weighted(
    [1, fc.constant(0)],
    [2, fc.constant(1)],
    [3, fc.constant(2)],
    [2, fc.constant(3)],
  ),
  keys: fc.tuple(kindOfKey, kindOfKey, kindOfKey, kindOfKey),
  changes: weighted(
    [6, fc.array(change, { minLength: 1, maxLength: 2 })],
    [3, fc.array(change, { minLength: 2, maxLength: 5 })],
  ),
  sent: weighted(
    [6, fc.constant({})],
    [
      1,
      fc.record({
        root: fc.boolean(),
        without: optional(fc.nat(3)),
        reversed: fc.boolean(),
        twice: fc.boolean(),
      }),
    ],
  ),
  trusted: weighted(
    [8, fc.constant(['root'])],
    [2, fc.subarray(['root', 'intermediate', 'leaf', 'stranger'], { minLength: 1 })],
  ),
  version: oneOf('TLSv1.3', 'TLSv1.2'),
  host: weighted([5, fc.constant('localhost')], [2, oneOf(...HOSTS)]),
});

/* --------------------------------------------------------------------------- the material of a case */

const bcAuthority = { type: 'basicConstraints', critical: true, ca: true };
const kuAuthority = { type: 'keyUsage', critical: true, bits: 0x06 };
const dnsNames = HOSTS.slice(0, 3).map((value) => ({ kind: 'dns', value }));
const altNames = [...dnsNames, { kind: 'ip', value: Buffer.of(127, 0, 0, 1) }];

const soundExtensions = (isLeaf) => [
  ...(isLeaf
    ? [
        { type: 'basicConstraints', critical: true, ca: false },
        { type: 'keyUsage', critical: true, bits: 0xa0 },
        { type: 'extKeyUsage', purposes: ['server'] },
        { type: 'subjectAltName', names: altNames },
      ]
    : [bcAuthority, kuAuthority]),
  { type: 'subjectKeyId' },
  { type: 'authorityKeyId', of: 'id' },
];

// Returns the start of the current second. OpenSSL reads a coarse clock, which advances some milliseconds late.
const thisSecond = (now) => new Date(Math.floor((now - 50) / 1000) * 1000);

/** Returns the dates of a certificate. */
function validityOf(kind, now) {
  const utc = (raw) => ({ raw, tag: 0x17 });
  const general = (raw) => ({ raw, tag: 0x18 });
  const usual = { notBefore: new Date(now - HOUR), notAfter: new Date(now + 24 * HOUR) };
  const kinds = {
    expired: { notBefore: new Date(now - 2 * HOUR), notAfter: new Date(now - HOUR) },
    future: { notBefore: new Date(now + HOUR), notAfter: new Date(now + 2 * HOUR) },
    'this second': { notAfter: thisSecond(now) },
    'from this second': { notBefore: thisSecond(now) },
    never: { notBefore: new Date(now + HOUR), notAfter: new Date(now - HOUR) },
    'long ago': { notBefore: general('19000101000000Z') },
    far: { notBefore: utc('500101000000Z'), notAfter: general('99991231235959Z') },
    general: { notAfter: general('20491231235959Z') },
    'no seconds': { notAfter: utc('4912312359Z') },
    offset: { notBefore: utc('200101000000+0100') },
    letters: { notAfter: utc('49123123595aZ') },
    'month 13': { notAfter: utc('491331235959Z') },
    'February 30': { notBefore: general('20200230000000Z') },
    fraction: { notAfter: general('20491231235959.5Z') },
    'both malformed': { notBefore: utc('2001010000Z'), notAfter: utc('4912312359Z') },
  };
  return { ...usual, ...kinds[kind] };
}

function spelled(attributes, how) {
  return attributes.map((attribute) => {
    const { value } = attribute;
    switch (how) {
      case 'case':
        return { ...attribute, value: value.toUpperCase() };
      case 'spaces':
        return { ...attribute, value: `  ${value.replace(/ /g, '  \t')} ` };
      case 'other':
        return { ...attribute, value: `${value}x` };
      default:
        return { ...attribute, type: how };
    }
  });
}

/** Makes a valid chain from a root certificate to a server's leaf certificate, whose parts can still be changed. */
function soundChain({ depth, keys, now }) {
  const chain = [];
  for (let position = 0; position <= depth; position++) {
    const above = chain[position - 1];
    const own = key(keys[position], position);
    const isLeaf = position === depth;
    const subject = [{ kind: 'CN', value: isLeaf ? 'server of tests' : `Authority ${position}` }];
    chain.push({
      serial: Buffer.of(0x10 + position),
      subject,
      issuer: above ? above.subject : subject,
      ...validityOf(undefined, now),
      own,
      signer: above ? above.own : own,
      extensions: soundExtensions(isLeaf),
      above,
      sent: isLeaf || position > 0,
    });
  }
  return chain;
}

const replace = (extensions, extension) => [
  ...extensions.filter(({ type }) => type !== extension.type),
  extension,
];

/**
 * Applies a change to the chain. `others` receives certificates outside the chain, each with its place in the sent list and
 * whether it is trusted.
 */
function apply(change, chain, others, now) {
  const node = chain[Math.min(change.at, chain.length - 1)];
  switch (change.what) {
    case 'extension':
      node.extensions = replace(node.extensions, change.extension);
      break;
    case 'without':
      node.extensions = node.extensions.filter(({ type }) => type !== change.type);
      break;
    case 'twice':
      node.extensions = [
        ...node.extensions,
        ...node.extensions.filter(({ type }) => type === change.type),
      ];
      break;
    case 'field':
      applyField(change, node, chain, now);
      break;
    case 'rollover': {
      // An authority that changes its key issues such a certificate: one key signed by the other, both under the same name.
      if (node === chain[chain.length - 1]) break;
      const fresh = key(node.own.kind, chain.indexOf(node) + 10);
      const below = chain[chain.indexOf(node) + 1];
      const isNew = change.direction === 'new by old';
      const between = {
        ...node,
        serial: Buffer.of(0x40),
        issuer: node.subject,
        own: isNew ? fresh : node.own,
        signer: isNew ? node.own : fresh,
        extensions: node.extensions,
        above: node,
        sent: true,
      };
      if (isNew) {
        below.signer = fresh;
        below.above = between;
      } else {
        // The old certificate is no longer self-signed; its replacement is.
        others.push({
          node: { ...between, own: fresh, above: undefined },
          trusted: change.isRooted,
          sent: true,
        });
      }
      others.push({ node: between, trusted: change.trusted, sent: true });
      break;
    }
    case 'cross': {
      const own = key('p256', 20);
      const subject = [{ kind: 'CN', value: 'Another authority' }];
      const root = {
        ...chain[0],
        serial: Buffer.of(0x50),
        subject,
        issuer: subject,
        own,
        signer: own,
        extensions: soundExtensions(false),
        above: undefined,
      };
      const crossed = {
        ...node,
        serial: Buffer.of(0x51),
        issuer: subject,
        signer: own,
        ...(change.validity && validityOf(change.validity, now)),
        extensions: change.extension ? replace(node.extensions, change.extension) : node.extensions,
        above: root,
      };
      others.push({ node: root, trusted: change.trusted, sent: change.sent });
      if (node !== chain[chain.length - 1]) {
        others.push({ node: crossed, trusted: false, sent: true, isFirst: change.isFirst });
      }
      break;
    }
    case 'twin':
      others.push({
        node: { ...node, serial: Buffer.of(0x60), ...validityOf(change.validity, now) },
        trusted: change.trusted,
        sent: node !== chain[chain.length - 1],
        isFirst: change.isFirst,
      });
      break;
    default: {
      const own = key('p256', 30);
      const mimic = {
        ...node,
        serial: Buffer.of(0x70),
        issuer: node.subject,
        own,
        signer: own,
        above: undefined,
      };
      others.push({ node: mimic, trusted: change.trusted, sent: change.sent });
    }
  }
}

function applyField({ name: field, value }, node, chain, now) {
  switch (field) {
    case 'validity':
      Object.assign(node, validityOf(value, now));
      break;
    case 'subject': {
      const below = chain[chain.indexOf(node) + 1];
      if (node.issuer === node.subject) node.issuer = value;
      node.subject = value;
      if (below) below.issuer = value;
      break;
    }
    case 'spelling':
      node.issuer = spelled(node.issuer, value);
      break;
    case 'signer':
      node.signer = value === 'own' ? node.own : key('p256', 40);
      break;
    case 'ownKey':
      node.own = key(node.own.kind, 41);
      break;
    default:
      node[field] = value;
  }
}

/** Returns an authority key identifier for the issuer's certificate, correct or wrong. */
function authorityKeyId(of, node) {
  const above = node.above || node;
  const wrong = Buffer.from('wrong');
  const parts = {
    id: { id: above.own.id },
    issuer: { issuer: name(above.issuer) },
    serial: { serial: above.serial },
    all: { id: above.own.id, issuer: name(above.issuer), serial: above.serial },
    'wrong id': { id: wrong },
    'wrong issuer': { issuer: name([{ kind: 'CN', value: 'wrong' }]) },
    'wrong serial': { id: above.own.id, serial: wrong },
    nothing: {},
  };
  return parts[of];
}

function write(node) {
  const extensions = node.extensions.map((extension) => {
    if (extension.malformed) return extension;
    if (extension.type === 'subjectKeyId') return { id: node.own.id, ...extension };
    if (extension.type === 'authorityKeyId') {
      return { ...extension, ...authorityKeyId(extension.of, node) };
    }
    return extension;
  });
  return certificate({ ...node, extensions }).cert;
}

/**
 * Makes the material of a case: what the server presents, and what its clients trust.
 * @returns {{ chain: string, key: string, ca: string[], host: string }}
 */
function build({ depth, keys, changes, sent, trusted, host, version }) {
  const now = Date.now();
  const chain = soundChain({ depth, keys, now });
  const others = [];
  for (const change of changes) apply(change, chain, others, now);

  const certs = chain.map(write);
  const written = others.map((other) => ({ ...other, cert: write(other.node) }));
  const leaf = certs[depth];
  const intermediates = certs.slice(1, depth).reverse();
  const first = written.filter(({ sent, isFirst }) => sent && isFirst);
  const last = written.filter(({ sent, isFirst }) => sent && !isFirst);
  let shown = [...first.map(({ cert }) => cert), ...intermediates, ...last.map(({ cert }) => cert)];
  if (sent.root) shown.push(certs[0]);
  if (sent.without !== undefined) shown = shown.filter((_, index) => index !== sent.without);
  if (sent.twice) shown = [...shown, ...shown];
  if (sent.reversed) shown.reverse();

  const known = {
    root: [certs[0]],
    intermediate: intermediates,
    leaf: [leaf],
    stranger: [write(soundChain({ depth: 0, keys: ['p256'], now })[0])],
  };
  const ca = [
    ...trusted.flatMap((which) => known[which]),
    ...written.filter(({ trusted }) => trusted).map(({ cert }) => cert),
  ];
  return {
    chain: leaf + shown.join(''),
    key: String(chain[depth].own.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ca: ca.length > 0 ? ca : known.stranger,
    host,
    version,
  };
}

module.exports = { arbitraryCase, build };
