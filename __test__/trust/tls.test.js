'use strict';

// Compares which certificates a client trusts, and the errors for those that it does not trust, with the published original.

const net = require('node:net');
const tls = require('node:tls');

const { authority, issue, loopback, selfSigned } = require('../../testing/certificates');
const { answers, changes, compare, proxy, response } = require('../request/failures/support');
const { serverOf, tunnel } = require('../request/failures/support');

const HOUR = 3600 * 1000;
const past = { notBefore: new Date(Date.now() - 3 * HOUR), notAfter: new Date(Date.now() - HOUR) };
const future = {
  notBefore: new Date(Date.now() + HOUR),
  notAfter: new Date(Date.now() + 3 * HOUR),
};
const local = {
  commonName: 'localhost',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1', '::1'],
};

const root = authority({ commonName: 'Trusted root' });
const rsaRoot = authority({ commonName: 'Trusted RSA root', keyType: 'rsa' });
const expiredRoot = authority({ commonName: 'Expired root', ...past });
const namesake = authority({ commonName: 'Trusted root' });
const stranger = authority({ commonName: 'Unknown root' });
const intermediate = authority({ commonName: 'Intermediate', issuer: root });
const second = authority({ commonName: 'Second intermediate', issuer: intermediate });
const expiredIntermediate = authority({ commonName: 'Expired', issuer: root, ...past });
const strangeIntermediate = authority({ commonName: 'Strange', issuer: stranger });
// OpenSSL finds an issuer by its name, so each of these certificates has a name of its own.
const trustedSelf = selfSigned({ ...local, commonName: 'Trusted itself' });
const trustedSelfAuthority = selfSigned({
  ...local,
  commonName: 'Trusted itself, an authority',
  isAuthority: true,
});
const trustedSelfExpired = selfSigned({ ...local, ...past, commonName: 'Trusted, but expired' });
const trustedLeaf = issue(stranger, { ...local, commonName: 'Trusted, but issued' });

const trusted = [root, rsaRoot, expiredRoot, trustedSelf, trustedSelfAuthority, trustedSelfExpired]
  .map(({ cert }) => cert)
  .concat(trustedLeaf.cert, loopback().ca);

const trusting = { env: (file) => ({ NODE_EXTRA_CA_CERTS: file('roots.pem', trusted.join('')) }) };

/** Returns a server that presents `certificate` and the certificates in `sent`; by default, the whole chain except its root. */
const showing = (certificate, sent) => {
  const chain = sent ? certificate.cert + sent.map(({ cert }) => cert).join('') : certificate.chain;
  return answers(() => ({ body: 'body' }), { certificate: { ...certificate, chain } });
};

/** Returns a server with these TLS options. */
const serverWith = (options, certificate = issue(root, local)) =>
  serverOf(() => {
    const { chain: cert, key } = certificate;
    const server = tls.createServer({ cert, key, ...options }, (socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(response('200 OK', 'body')));
    });
    return server.on('tlsClientError', () => {});
  });

const cases = (table) => Object.entries(table).map(([name, peer]) => ({ name, peers: [peer] }));

compare(
  'chains',
  cases({
    'of a trusted authority': showing(issue(root, local)),
    'of a trusted authority, which is sent': showing(issue(root, local), [root]),
    'of an intermediate': showing(issue(intermediate, local)),
    'of two intermediates': showing(issue(second, local)),
    'of two intermediates, out of order': showing(issue(second, local), [intermediate, second]),
    'with a certificate that does not belong': showing(issue(intermediate, local), [
      stranger,
      intermediate,
    ]),
    'self-signed': showing(selfSigned(local)),
    'self-signed, of an authority': showing(selfSigned({ ...local, isAuthority: true })),
    'self-signed, and trusted': showing(trustedSelf),
    'self-signed, of an authority, and trusted': showing(trustedSelfAuthority),
    'self-signed, trusted, expired': showing(trustedSelfExpired),
    'trusted itself, of an unknown authority': showing(trustedLeaf, []),
    'of an unknown authority': showing(issue(stranger, local)),
    'of an unknown authority, which is sent': showing(issue(stranger, local), [stranger]),
    'of an unknown authority of a trusted name': showing(issue(namesake, local)),
    'of an unknown authority of a trusted name, which is sent': showing(issue(namesake, local), [
      namesake,
    ]),
    'of an intermediate that is not sent': showing(issue(intermediate, local), []),
    'of two intermediates, one of which is not sent': showing(issue(second, local), [second]),
    'of an intermediate of an unknown authority': showing(issue(strangeIntermediate, local)),
    'of an intermediate of an unknown authority, which is sent': showing(
      issue(strangeIntermediate, local),
      [strangeIntermediate, stranger],
    ),
    'of one that is no authority': showing(issue(issue(root, local), local)),
    'an authority, of a trusted one': showing(issue(root, { ...local, isAuthority: true })),
    expired: showing(issue(root, { ...local, ...past })),
    'not yet valid': showing(issue(root, { ...local, ...future })),
    'of an expired intermediate': showing(issue(expiredIntermediate, local)),
    'of an expired authority': showing(issue(expiredRoot, local)),
    'expired, of an unknown authority': showing(issue(stranger, { ...local, ...past })),
    'expired, of another name': showing(issue(root, { dnsNames: ['other.test'], ...past })),
    'expired, self-signed': showing(selfSigned({ ...local, ...past })),
    'of another name, of an unknown authority': showing(
      issue(stranger, { dnsNames: ['other.test'] }),
    ),
    RSA: showing(issue(root, { ...local, keyType: 'rsa' })),
    'RSA, of an RSA authority': showing(issue(rsaRoot, { ...local, keyType: 'rsa' })),
    'EC, of an RSA authority': showing(issue(rsaRoot, local)),
  }),
  trusting,
);

// The proxy connects every host name to the server, so the host can have any name.
const named = (name, host, names) => ({
  name,
  host,
  peers: [showing(issue(root, names)), proxy(tunnel)],
  env: ([, port]) => ({ HTTPS_PROXY: `http://127.0.0.1:${port}` }),
});
const dns = (...dnsNames) => ({ commonName: 'Common name', dnsNames });

compare(
  'names',
  [
    named('the name', 'a.test', dns('a.test')),
    named('one of the names', 'b.test', dns('a.test', 'b.test')),
    named('in another case', 'A.Test', dns('a.tesT')),
    named('another name', 'b.test', dns('a.test')),
    named('a longer name', 'b.a.test', dns('a.test')),
    named('a shorter name', 'test', dns('a.test')),
    named('with a dot at the end of the host', 'a.test.', dns('a.test')),
    named('with a dot at the end of the name', 'a.test', dns('a.test.')),
    named('a wildcard', 'a.b.test', dns('*.b.test')),
    named('a wildcard, in another case', 'A.B.TEST', dns('*.b.test')),
    named('a wildcard, two labels', 'a.a.b.test', dns('*.b.test')),
    named('a wildcard, no label', 'b.test', dns('*.b.test')),
    named('a wildcard of one label', 'b.test', dns('*.test')),
    named('a wildcard alone', 'localname', dns('*')),
    named('a wildcard in a part', 'ab.b.test', dns('a*.b.test')),
    named('a wildcard in a part, at its end', 'ba.b.test', dns('*a.b.test')),
    named('a wildcard in a middle label', 'a.b.c.test', dns('a.*.c.test')),
    named('two wildcards', 'a.b.c.test', dns('*.*.c.test')),
    named('a wildcard over an international name', 'bücher.b.test', dns('*.b.test')),
    named('an international name', 'bücher.test', dns('xn--bcher-kva.test')),
    named('a name with an underscore', 'a_b.test', dns('a_b.test')),
    named('a name with a hyphen at its start', '-a.test', dns('-a.test')),
    named('an empty name beside', 'a.test', dns('', 'a.test')),
    named('only a common name', 'a.test', { commonName: 'a.test' }),
    named('only another common name', 'b.test', { commonName: 'a.test' }),
    named('only a common name, with a wildcard', 'a.b.test', { commonName: '*.b.test' }),
    named('only a common name, in another case', 'a.test', { commonName: 'A.TEST' }),
    named('a common name beside an address', 'a.test', {
      commonName: 'a.test',
      ipAddresses: ['127.0.0.2'],
    }),
    named('a common name beside another name', 'a.test', {
      commonName: 'a.test',
      dnsNames: ['b.test'],
    }),
    named('no name', 'a.test', {}),
    named('no name but an address', 'a.test', { ipAddresses: ['127.0.0.1'] }),
  ],
  trusting,
);

// Node 22.23 treats an IPv6 address as a DNS name, so the original trusts no certificate for the address, and there is nothing to
// compare with.
const takesForName = tls.checkServerIdentity('::1', {
  subject: {},
  subjectaltname: 'IP Address:0:0:0:0:0:0:0:1',
});
// These cases use no proxy, because the original's process ends at an address behind a proxy under Node 26.
const address = (name, host, names) => ({
  name,
  host,
  peers: [
    answers(() => ({ body: 'body' }), {
      host: host.includes(':') ? '::1' : '127.0.0.1',
      certificate: issue(root, names),
    }),
  ],
});

const addressesOf6 = [
  address('the IPv6 address', '::1', local),
  address('the IPv6 address, in brackets', '[::1]', local),
  address('the IPv6 address, written otherwise', '0:0:0:0:0:0:0:1', local),
  address('another IPv6 address', '::1', { ipAddresses: ['::2', '127.0.0.1'] }),
  address('no IPv6 address', '::1', dns('localhost')),
];

compare(
  'addresses',
  [
    address('the address', '127.0.0.1', { ipAddresses: ['127.0.0.1'] }),
    address('another address', '127.0.0.1', { ipAddresses: ['127.0.0.2'] }),
    address('the address beside names', '127.0.0.1', local),
    address('the address as a name', '127.0.0.1', dns('127.0.0.1')),
    address('the address as the common name', '127.0.0.1', { commonName: '127.0.0.1' }),
    address('no address but names', '127.0.0.1', dns('localhost')),
    address('a wildcard for an address', '127.0.0.1', dns('*.0.0.1')),
    address('no name', '127.0.0.1', {}),
    address('localhost', 'localhost', local),
    address('localhost, only an address', 'localhost', { ipAddresses: ['127.0.0.1'] }),
    address('localhost, another name', 'localhost', dns('a.test')),
    ...(takesForName ? [] : addressesOf6),
  ],
  trusting,
);

const only = (version, ciphers) => ({ minVersion: version, maxVersion: version, ciphers });
const rsaLocal = issue(root, { ...local, keyType: 'rsa' });
// OpenSSL refuses the old versions at its default security level.
const old = (version) => only(version, 'DEFAULT:@SECLEVEL=0');

/** Returns a server without TLS that calls `act` with each socket. */
const without = (act) =>
  serverOf(() => net.createServer((socket) => act(socket.on('error', () => {}))));

compare(
  'handshakes',
  [
    ...cases({
      'TLS 1.2': serverWith(only('TLSv1.2')),
      'TLS 1.2, RSA': serverWith(only('TLSv1.2'), rsaLocal),
      'TLS 1.3': serverWith(only('TLSv1.3')),
      'TLS 1.3, RSA': serverWith(only('TLSv1.3'), rsaLocal),
      'TLS 1.1': serverWith(old('TLSv1.1')),
      'TLS 1.0': serverWith(old('TLSv1')),
      'TLS 1.1, RSA': serverWith(old('TLSv1.1'), rsaLocal),
      ...Object.fromEntries(
        ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'].map(
          (ciphers) => [ciphers, serverWith(only('TLSv1.3', ciphers))],
        ),
      ),
      ...Object.fromEntries(
        ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].flatMap((cipher) => [
          [`ECDHE-RSA-${cipher}`, serverWith(only('TLSv1.2', `ECDHE-RSA-${cipher}`), rsaLocal)],
          [`ECDHE-ECDSA-${cipher}`, serverWith(only('TLSv1.2', `ECDHE-ECDSA-${cipher}`))],
        ]),
      ),
      ...Object.fromEntries(
        ['P-256', 'P-384', 'X25519'].map((ecdhCurve) => [ecdhCurve, serverWith({ ecdhCurve })]),
      ),
      'a protocol that is not offered': serverWith({ ALPNProtocols: ['h2'] }),
      'HTTP/1.1 among the protocols': serverWith({ ALPNProtocols: ['h2', 'http/1.1'] }),
      'a client certificate, asked for': serverWith({
        requestCert: true,
        rejectUnauthorized: false,
      }),
      'a client certificate, demanded, TLS 1.2': serverWith({
        ...only('TLSv1.2'),
        requestCert: true,
      }),
      'plain text': without((socket) => {
        socket.once('data', () =>
          socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
        );
      }),
      'another protocol, which speaks first': without((socket) =>
        socket.write('220 Hello ESMTP\r\n'),
      ),
      'bytes that are no record': without((socket) => {
        socket.once('data', () => socket.end(Buffer.alloc(100, 0xff)));
      }),
      'closed at once': without((socket) => socket.end()),
      'closed after the first message': without((socket) => {
        socket.once('data', () => socket.end());
      }),
      'reset after the first message': without((socket) => {
        socket.once('data', () => socket.resetAndDestroy());
      }),
      'closed within a record': without((socket) => {
        socket.once('data', () => socket.end(Buffer.from('1603030050', 'hex')));
      }),
      // alerts.test.js covers the fatal alerts.
      'an alert, close notify': without((socket) => {
        socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 1, 0])));
      }),
    }),
    // A TLS 1.3 server rejects a missing client certificate only after the client's handshake is complete, and so after the request.
    // Node's client makes an idempotent one again. Another may not be sent twice.
    ...Object.entries({
      'a client certificate, demanded': serverWith({ requestCert: true }),
      'a client certificate, demanded, TLS 1.3': serverWith({
        ...only('TLSv1.3'),
        requestCert: true,
      }),
    }).flatMap(([name, peer]) => [
      { name, peers: [peer] },
      {
        name: `${name}, POST`,
        peers: [peer],
        call: ({ client }) => client().request({ method: 'POST', path: 'path', body: {} }),
        differs: changes('the alert is described natively', ({ message }) => ({
          message: message.replace(
            /^\(thread\):error:([0-9A-F]{8}):([^:]*):[^:]*:([^:]*):[^\n]*\n$/,
            'error:$1:$2::$3',
          ),
        })),
      },
    ]),
    // OpenSSL's message for these records depends on its version.
    ...Object.entries({
      'a record that is no handshake': '1603030005ffffffffff',
      'a record that is too long': '160303ffff',
    }).map(([name, bytes]) => ({
      name,
      peers: [
        without((socket) => socket.once('data', () => socket.end(Buffer.from(bytes, 'hex')))),
      ],
      view: ({ outcome, with: { message, ...rest } }) => [outcome, message.slice(0, 12), rest],
    })),
    // Whether writing or reading fails with the reset depends on timing.
    {
      name: 'dropped at once',
      peers: [without((socket) => socket.destroy())],
      view: ({ outcome, with: { code } }) => [outcome, code],
    },
    {
      name: 'a name that the server refuses',
      host: 'localhost',
      peers: [serverWith({ SNICallback: (_name, done) => done(new Error('unknown')) })],
    },
    {
      name: 'plain text, POST',
      call: ({ client }) => client().request({ method: 'POST', path: 'path', body: {} }),
      peers: [
        without((socket) => {
          socket.once('data', () =>
            socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
          );
        }),
      ],
    },
  ],
  trusting,
);

/* --------------------------------------------------------------------- the environment */

const inEnvironment = [
  { name: 'of a trusted authority', peers: [showing(issue(root, local))] },
  { name: 'of an intermediate', peers: [showing(issue(intermediate, local))] },
  { name: 'of another one', peers: [showing(issue(rsaRoot, local))] },
  { name: 'self-signed', peers: [showing(selfSigned(local))] },
  { name: 'of an unknown authority', peers: [showing(issue(stranger, local))] },
  { name: 'expired', peers: [showing(issue(root, { ...local, ...past }))] },
  { name: 'of another name', peers: [showing(issue(root, dns('other.test')))] },
  { name: 'of no name', peers: [showing(issue(root, {}))] },
  { name: 'TLS 1.1', peers: [serverWith(old('TLSv1.1'))] },
];

const extra = (text) => (file) => ({ NODE_EXTRA_CA_CERTS: file('extra.pem', text) });
const both = root.cert + rsaRoot.cert;

for (const [name, env] of Object.entries({
  'no file': () => ({ NODE_EXTRA_CA_CERTS: '' }),
  'a missing file': () => ({ NODE_EXTRA_CA_CERTS: '/nonexistent/extra.pem' }),
  'a relative name of a missing file': () => ({ NODE_EXTRA_CA_CERTS: 'nonexistent.pem' }),
  'a directory': () => ({ NODE_EXTRA_CA_CERTS: __dirname }),
  'an empty file': extra(''),
  'text that is no certificate': extra('garbage'),
  'one certificate': extra(root.cert),
  'one certificate twice': extra(root.cert + root.cert),
  'several certificates': extra(both),
  'several certificates, with CRLF': extra(both.replace(/\n/g, '\r\n')),
  'text around and between': extra(
    `# one\n${root.cert}\nSubject: another\n${rsaRoot.cert}the end\n`,
  ),
  'no line break at the end': extra(both.trimEnd()),
  'a byte order mark': extra(`\ufeff${both}`),
  'a certificate that is none, after one': extra(
    `${root.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  ),
  'a certificate that is none, before one': extra(
    `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${root.cert}`,
  ),
  'base64 that is none, after one': extra(
    `${root.cert}-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n`,
  ),
  'one that is cut short': extra(root.cert + rsaRoot.cert.slice(0, 200)),
  'trusted certificates': extra(
    both.replace(/BEGIN CERT/g, 'BEGIN TRUSTED CERT').replace(/END CERT/g, 'END TRUSTED CERT'),
  ),
  'X509 certificates': extra(
    both.replace(/BEGIN CERT/g, 'BEGIN X509 CERT').replace(/END CERT/g, 'END X509 CERT'),
  ),
  'a key beside a certificate': extra(root.key + root.cert),
  'an intermediate': extra(intermediate.cert),
  DER: extra(Buffer.from(root.cert.replace(/-----[^-]+-----|\n/g, ''), 'base64')),
})) {
  compare(`NODE_EXTRA_CA_CERTS: ${name}`, inEnvironment, { env });
}

for (const value of ['0', '1', '', 'false', '00']) {
  compare(`NODE_TLS_REJECT_UNAUTHORIZED: ${JSON.stringify(value)}`, inEnvironment, {
    env: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: value }),
  });
}

compare('NODE_TLS_REJECT_UNAUTHORIZED, set by the program', [
  {
    name: 'switched off',
    peers: [showing(selfSigned(local))],
    alone: true,
    call: ({ client }) => {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      return client().request({ path: 'path' });
    },
  },
  {
    name: 'switched off and on again',
    peers: [showing(selfSigned(local)), showing(selfSigned(local))],
    alone: true,
    call: async ({ client, given: { ports } }) => {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      await client().request({ path: 'path' });
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      return client({ port: ports[1] }).request({ path: 'path' });
    },
  },
  {
    name: 'switched off after a call failed',
    peers: [showing(selfSigned(local))],
    alone: true,
    call: async ({ client }) => {
      await client()
        .request({ path: 'path' })
        .catch(() => {});
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      return client().request({ path: 'path' });
    },
  },
]);

const certFile = (text) => (file) => ({
  NODE_EXTRA_CA_CERTS: '',
  SSL_CERT_FILE: file('cert.pem', text),
  SSL_CERT_DIR: '/nonexistent',
});

/** Compares the effect of the OpenSSL variables under a Node argument. */
const underArgument = (argument) => {
  const execArgv = argument ? [argument] : [];
  const title = (text) => `${argument || 'no argument'}, ${text}`;
  compare(title('SSL_CERT_FILE'), inEnvironment, { env: certFile(both), execArgv });
  compare(title('SSL_CERT_FILE missing'), inEnvironment, {
    env: () => ({
      SSL_CERT_FILE: '/nonexistent',
      SSL_CERT_DIR: '/nonexistent',
      NODE_EXTRA_CA_CERTS: '',
    }),
    execArgv,
  });
  compare(title('SSL_CERT_FILE and NODE_EXTRA_CA_CERTS'), inEnvironment, {
    env: (file) => ({
      SSL_CERT_FILE: file('cert.pem', root.cert),
      SSL_CERT_DIR: '/nonexistent',
      NODE_EXTRA_CA_CERTS: file('extra.pem', rsaRoot.cert),
    }),
    execArgv,
  });
};

underArgument();
underArgument('--use-openssl-ca');
underArgument('--use-bundled-ca');
// Node 22.15 and 24 have this flag.
if (process.allowedNodeEnvironmentFlags.has('--use-system-ca')) underArgument('--use-system-ca');

// Node 22.19 and 24.5 have this function.
if (tls.setDefaultCACertificates) {
  compare('authorities that the program sets', [
    {
      name: 'before the first call',
      peers: [showing(issue(root, local))],
      given: { authorities: [root.cert] },
      alone: true,
      call: ({ client, given, require }) => {
        require('node:tls').setDefaultCACertificates(given.authorities);
        return client().request({ path: 'path' });
      },
    },
    {
      name: 'after a call',
      peers: [showing(issue(root, local))],
      given: { authorities: [root.cert] },
      alone: true,
      call: async ({ client, given, require }) => {
        await client()
          .request({ path: 'path' })
          .catch(() => {});
        require('node:tls').setDefaultCACertificates(given.authorities);
        return client().request({ path: 'path' });
      },
    },
    {
      name: 'none',
      peers: [answers(() => ({ body: 'body' }))],
      alone: true,
      call: ({ client, require }) => {
        require('node:tls').setDefaultCACertificates([]);
        return client().request({ path: 'path' });
      },
    },
  ]);
}
