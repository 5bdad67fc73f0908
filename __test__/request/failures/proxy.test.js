// Compares which proxy a request uses, what it sends to the proxy, and how it fails, with the published original.

'use strict';

const { X509Certificate } = require('node:crypto');
const net = require('node:net');
const { PassThrough } = require('node:stream');
const tls = require('node:tls');

const { authority, issue, loopback } = require('../../../testing/certificates');
const { answers, changes, compare, proxy, rejects, resolves } = require('./support');
const { response, sent, sentAgain, serverOf, tunnel } = require('./support');

const root = authority({ commonName: 'Root of the services' });
const certificate = issue(root, {
  commonName: 'service.test',
  dnsNames: ['service.test', 'other.test', 'localhost'],
  ipAddresses: ['127.0.0.1', '::1'],
});
const trusting = {
  env: (file) => ({ NODE_EXTRA_CA_CERTS: file('roots.pem', root.cert + loopback().ca) }),
};

const service = answers(() => ({ body: 'body' }), { certificate });

/* ------------------------------------------------------------------- the differences */

const body = { headers: { 'content-length': '4' }, body: 'body' };

/** Returns what ours sends: the request to `host`, and the CONNECT request to the proxy that precedes it. */
const throughTunnel =
  (host = 'service.test', headers = []) =>
  ([port]) => {
    const target = `${host}:${port}`;
    return [
      sent(target),
      { method: 'CONNECT', target, headers: [['host', target], ...headers], body: '' },
    ];
  };

/** Ours opens a tunnel where the original fails. */
const reaches = (reason, headers) => resolves(reason, body, throughTunnel(undefined, headers));
const assumesHttp = reaches('http:// is assumed where there is no scheme');

/** Ours opens no tunnel, and reports the reason with these words. */
const noTunnel = (reason, cause) =>
  rejects(reason, {
    message: `tunneling socket could not be established${cause}`,
    code: 'ECONNRESET',
  });
const noProxy = noTunnel('no URL, so no proxy', ', cause=invalid proxy URL');
/** Ours reads the first part of a malformed URL as the host of the proxy, and looks it up. */
const noHost = (host) => noTunnel('http:// is assumed', `, cause=getaddrinfo ENOTFOUND ${host}`);

/** Ours sends other headers to the proxy: `change` makes them from the original's. */
const asks = (reason, change) => ({
  reason,
  expect: ({ requests, ...original }) => ({
    ...original,
    requests: requests.map((request) =>
      request.method === 'CONNECT' ? { ...request, headers: change(request.headers) } : request,
    ),
  }),
});
const asksForTunnelOnly = asks('what is for the service is not for the proxy', (headers) =>
  headers.filter(([name]) => name === 'host' || name === 'proxy-authorization'),
);

/** Ours tells another origin only from which origin it was redirected. */
const tellsOriginOnly = {
  reason: 'Referer is only the origin for another origin',
  expect: (original, ours, ports) => {
    const { requests, ...rest } = asksForTunnelOnly.expect(original, ours, ports);
    return { ...rest, requests: requests.map(withOriginOnly) };
  },
};

const withOriginOnly = (request) => ({
  ...request,
  headers: request.headers.map(([name, value]) => [
    name,
    name === 'referer' ? `${new URL(value).origin}/` : value,
  ]),
});

/* ------------------------------------------------------------------------- the cases */

/** Returns a case whose service can be reached only through the proxy. */
const through = (name, env, more) => ({
  name,
  host: 'service.test',
  peers: [service, proxy(tunnel)],
  ...(env && { env: ([, port]) => env(`127.0.0.1:${port}`) }),
  ...more,
});

compare(
  'variables',
  [
    ...['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].map((variable) =>
      through(variable, undefined, {
        environment: ([, port]) => ({ [variable]: `http://127.0.0.1:${port}` }),
      }),
    ),
    ...['ALL_PROXY', 'all_proxy', 'PROXY', 'npm_config_https_proxy', 'Https_Proxy'].map(
      (variable) =>
        through(variable, undefined, {
          environment: ([, port]) => ({ [variable]: `http://127.0.0.1:${port}` }),
        }),
    ),
    through('NO_PROXY', undefined, {
      host: 'localhost',
      environment: ([, port]) => ({
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        NO_PROXY: 'localhost',
      }),
    }),
    through('no_proxy', undefined, {
      host: 'localhost',
      environment: ([, port]) => ({
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        no_proxy: 'localhost',
      }),
    }),
    through('NODE_USE_ENV_PROXY', undefined, {
      environment: ([, port]) => ({
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        NODE_USE_ENV_PROXY: '1',
      }),
    }),
    // The first of the four variables that is not empty takes effect.
    ...[
      ['HTTPS_PROXY', 'https_proxy'],
      ['https_proxy', 'HTTPS_PROXY'],
      ['HTTPS_PROXY', 'HTTP_PROXY'],
      ['https_proxy', 'HTTP_PROXY'],
      ['https_proxy', 'http_proxy'],
      ['HTTP_PROXY', 'http_proxy'],
      ['http_proxy', 'HTTP_PROXY'],
    ].map(([right, wrong]) =>
      through(`${right} and a dead ${wrong}`, (address) => ({
        [right]: `http://${address}`,
        [wrong]: 'http://127.0.0.1:1',
      })),
    ),
    ...['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY'].map((empty) =>
      through(`an empty ${empty} and http_proxy`, (address) => ({
        [empty]: '',
        http_proxy: `http://${address}`,
      })),
    ),
    through('all empty', () => ({ HTTPS_PROXY: '', http_proxy: '' }), { host: 'localhost' }),
    through('a space', () => ({ HTTPS_PROXY: ' ' }), { host: 'localhost', differs: noProxy }),
    through(
      'NO_PROXY and another no_proxy',
      (address) => ({ HTTPS_PROXY: `http://${address}`, NO_PROXY: 'localhost', no_proxy: 'x' }),
      { host: 'localhost' },
    ),
    through(
      'an empty NO_PROXY and no_proxy',
      (address) => ({ HTTPS_PROXY: `http://${address}`, NO_PROXY: '', no_proxy: 'localhost' }),
      { host: 'localhost' },
    ),
    through('set by the program between two calls', undefined, {
      host: 'localhost',
      alone: true,
      call: async ({ client, given: { ports } }) => {
        await client().request({ path: 'first' });
        process.env.HTTPS_PROXY = `http://127.0.0.1:${ports[1]}`;
        await client().request({ path: 'second' });
        process.env.NO_PROXY = '*';
        return client().request({ path: 'third' });
      },
    }),
  ],
  trusting,
);

const url = (name, make, more) =>
  through(name, (address) => ({ HTTPS_PROXY: make(address) }), more);

/** Ours keeps a `%` that does not begin an escape, and bytes that are not UTF-8, unchanged. */
const takesBytes = (credentials) =>
  reaches('credentials are bytes', [['proxy-authorization', `Basic ${base64(credentials)}`]]);
const base64 = (text) => Buffer.from(text, 'latin1').toString('base64');

const credentialDifferences = {
  'user:100%': takesBytes('user:100%'),
  '%FC:%ff': takesBytes('\xfc:\xff'),
  '%zz:%': takesBytes('%zz:%'),
};

compare(
  'addresses of proxies',
  [
    url('http', (address) => `http://${address}`),
    url('with a slash', (address) => `http://${address}/`),
    url('with a path', (address) => `http://${address}/path?query#fragment`),
    url('of another case', (address) => `HTTP://${address}`),
    url('without slashes', (address) => `http:${address}`, { differs: noProxy }),
    url('with one slash', (address) => `http:/${address}`, { differs: noHost('http') }),
    // The text after the colon is read as the host.
    url('without a scheme', () => 'localhost:nosuch.invalid', { differs: noProxy }),
    url('without a scheme, of a port', (address) => address, {
      alone: true,
      differs: assumesHttp,
    }),
    url('without a scheme, by a name', (address) => address.replace('127.0.0.1', 'localhost'), {
      alone: true,
      differs: assumesHttp,
    }),
    url('without a scheme but slashes', (address) => `//${address}`, { differs: assumesHttp }),
    url('of another scheme', (address) => `socks5://${address}`),
    url('of an unknown scheme', (address) => `abc://${address}`),
    url('spaces around it', (address) => ` http://${address} `),
    url('by a name', (address) => `http://${address.replace('127.0.0.1', 'localhost')}`),
    url(
      'by an IPv6 address that nobody listens at',
      (address) => `http://${address.replace('127.0.0.1', '[::1]')}`,
    ),
    url('without a port', () => 'http://nosuch.invalid'),
    url('without a port, https', () => 'https://nosuch.invalid'),
    url('of a port that is no number', () => 'http://127.0.0.1:abc', { differs: noProxy }),
    url('of a port out of range', () => 'http://127.0.0.1:65536', { differs: noProxy }),
    url('of port 0', () => 'http://127.0.0.1:0', {
      differs: noTunnel('0 is a port', ', cause=connect ECONNREFUSED 127.0.0.1'),
    }),
    url('without a host', () => 'http://', { differs: noProxy }),
    url('without a host, but a port', () => 'http://:1', { differs: noProxy }),
    url('words', () => 'not an address', { differs: noProxy }),
    url('a bracket left open', () => 'http://[::1', { differs: noProxy }),
    url('a path', () => '/path', { differs: noHost('path') }),
    ...[
      ...['user:pass', 'user', 'user:', ':pass', 'user:p:a:s:s', 'us%20er:p%40ss%3A', 'user:100%'],
      ...['%C3%BC:%E2%82%AC', 'ü:€', '%FC:%ff', '%zz:%', 'user%0D%0Aa:pass', 'user@host:pass', ':'],
    ].map((credentials) =>
      url(`with ${credentials}`, (address) => `http://${credentials}@${address}`, {
        differs: credentialDifferences[credentials],
      }),
    ),
    url('https', (address) => `https://${address}`, {
      peers: [service, proxy(tunnel, { cert: certificate.chain, key: certificate.key })],
    }),
    url('https, with credentials', (address) => `https://user:pass@${address}`, {
      peers: [service, proxy(tunnel, { cert: certificate.chain, key: certificate.key })],
    }),
    url('https, to a proxy of http', (address) => `https://${address}`),
    url('http, to a proxy of https', (address) => `http://${address}`, {
      peers: [service, proxy(tunnel, { cert: certificate.chain, key: certificate.key })],
    }),
    url('https, of an unknown authority', (address) => `https://${address}`, {
      peers: [service, proxy(tunnel, untrusted({ ipAddresses: ['127.0.0.1'] }))],
    }),
    url('https, of another name', (address) => `https://${address}`, {
      peers: [service, proxy(tunnel, ofRoot({ dnsNames: ['localhost'] }))],
      // The original checks the proxy's certificate for the name of the service.
      differs: noTunnel(
        'the proxy is held to its own name',
        ", cause=Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
      ),
    }),
  ],
  trusting,
);

/** Whether Node throws if a proxied connection names an IP address, as the connections of the original do. */
const endsOverAddresses = throwsOverAddresses();

function throwsOverAddresses() {
  try {
    tls
      .connect({ socket: new PassThrough(), servername: '127.0.0.1' })
      .on('error', () => {})
      .destroy();
    return false;
  } catch (error) {
    return error.code === 'ERR_INVALID_ARG_VALUE';
  }
}

function untrusted(names) {
  const { chain, key } = issue(authority({ commonName: 'Unknown root' }), names);
  return { cert: chain, key };
}

function ofRoot(names) {
  const { chain, key } = issue(root, names);
  return { cert: chain, key };
}

const proxied = (name, onConnect, more) =>
  url(name, (address) => `http://${address}`, { peers: [service, proxy(onConnect)], ...more });
const says = (text) => (socket) => socket.write(text, 'latin1');
const saysAndEnds = (text) => (socket) => socket.end(text, 'latin1');

/** Opens a tunnel with the given response. */
const opens = (text) => (socket, ports) => {
  const upstream = net.connect(ports[0], '127.0.0.1', () => {
    socket.write(text, 'latin1');
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
};

/** The original's process ends at this response. Ours waits for a TLS handshake, without a limit. */
const saysTooMuch = {
  alone: true,
  hangs: true,
  differs: {
    reason: 'a proxy must not crash us',
    expect: ({ requests, warnings }) => ({ outcome: 'hung', requests, warnings }),
  },
};
const saysTooMuchAndEnds = {
  alone: true,
  differs: rejects('a proxy must not crash us', ([port]) => ({
    message: 'Client network socket disconnected before secure TLS connection was established',
    code: 'ECONNRESET',
    host: 'service.test',
    port: String(port),
  })),
};

/** The original's error has no host, and the port is not that of a server. */
const tellsWhere = changes('the server that was not reached is told', ({ keys }, [port]) => ({
  host: 'service.test',
  port: String(port),
  keys: [...keys, 'host'].sort(),
}));
// Whether the reset or the end is noticed first depends on timing.
const byChance = ({ outcome, with: { code } }) => [outcome, code];

compare(
  'answers of proxies',
  [
    proxied(
      '407',
      says(
        response('407 Proxy Authentication Required', 'no', [
          'Proxy-Authenticate: Basic realm="a"',
        ]),
      ),
    ),
    proxied('403', says(response('403 Forbidden', 'no'))),
    proxied('404', says(response('404 Not Found', 'no'))),
    proxied('405', saysAndEnds(response('405 Method Not Allowed'))),
    proxied('500', says(response('500 Internal Server Error'))),
    proxied('502', says(response('502 Bad Gateway', '{"error":"e"}'))),
    proxied('503', saysAndEnds(response('503 Service Unavailable'))),
    proxied('504', saysAndEnds('HTTP/1.1 504 Gateway Timeout\r\n\r\n')),
    proxied('302', says(response('302 Found', '', ['Location: https://service.test/']))),
    proxied('201', says('HTTP/1.1 201 Created\r\n\r\n')),
    proxied('204', says('HTTP/1.1 204 No Content\r\n\r\n')),
    proxied('600', says('HTTP/1.1 600 Hm\r\n\r\n')),
    proxied(
      '200 with headers',
      opens('HTTP/1.1 200 OK\r\nVia: proxy\r\nContent-Length: 0\r\n\r\n'),
    ),
    proxied('200 without text', opens('HTTP/1.1 200 \r\n\r\n')),
    proxied('200 of HTTP/1.0', opens('HTTP/1.0 200 Connection established\r\n\r\n')),
    proxied(
      '200 of chunks to come',
      opens('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ),
    proxied('200 after 100', opens('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')),
    proxied('200 with a body of known length', says(response('200 OK', 'hello')), saysTooMuch),
    proxied(
      '200 with a body of known length, and the end',
      saysAndEnds(response('200 OK', 'hello')),
      saysTooMuchAndEnds,
    ),
    proxied('200 and text at once', says('HTTP/1.1 200 OK\r\n\r\nhello'), saysTooMuch),
    proxied(
      '200 and text at once, and the end',
      saysAndEnds('HTTP/1.1 200 OK\r\n\r\nhello'),
      saysTooMuchAndEnds,
    ),
    proxied('200 and text later', (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    }),
    proxied('200 and the end', saysAndEnds('HTTP/1.1 200 OK\r\n\r\n'), { differs: tellsWhere }),
    proxied(
      '200, and dropped',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n', () => socket.destroy()),
      { view: byChance },
    ),
    proxied(
      '200, dropped after the first message',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.once('data', () => socket.destroy());
      },
      { differs: tellsWhere },
    ),
    proxied('200, reset after the first message', (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.once('data', () => socket.resetAndDestroy());
    }),
    proxied(
      '101',
      says('HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n'),
    ),
    proxied('words', says('hello\r\n\r\n')),
    proxied('a malformed header', says('HTTP/1.1 200 OK\r\nA B: c\r\n\r\n')),
    proxied('headers above 16 KiB', says(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`)),
    proxied('the end', (socket) => socket.end()),
    proxied('dropped', (socket) => socket.destroy()),
    proxied('reset', (socket) => socket.resetAndDestroy()),
    proxied('the end within the answer', saysAndEnds('HTTP/1.1 200 OK\r\nA')),
    url('dead', () => 'http://127.0.0.1:1'),
    url('dead, with credentials', () => 'http://user:pass@127.0.0.1:1'),
    url('dead, https', () => 'https://127.0.0.1:1'),
    url('dead, POST', () => 'http://127.0.0.1:1', {
      call: ({ client }) => client().request({ method: 'POST', path: 'path', body: {} }),
    }),
    url('unknown', () => 'http://nosuch.invalid:8080'),
  ],
  trusting,
);

const asking = (options) => ({
  call: ({ client, given }) => client().request({ path: 'path', ...given.options }),
  given: { options },
});

compare(
  'what goes through',
  [
    proxied('a body', tunnel, asking({ method: 'POST', body: { a: 1 } })),
    proxied('a token', tunnel, asking({ jwt: 'token' })),
    proxied(
      'a Proxy-Authorization',
      tunnel,
      asking({ headers: { 'Proxy-Authorization': 'Basic YTpi' } }),
    ),
    proxied(
      'a proxy-authorization',
      tunnel,
      asking({ headers: { 'proxy-authorization': 'Basic YTpi' } }),
    ),
    url('a Proxy-Authorization beside credentials', (address) => `http://user:pass@${address}`, {
      ...asking({ headers: { 'Proxy-Authorization': 'Basic YTpi' } }),
    }),
    proxied('a Host', tunnel, asking({ headers: { Host: 'other.test' } })),
    // The original's HTTP library has a list of headers that it also sends to proxies.
    ...[
      ...['Accept', 'Accept-Charset', 'Accept-Encoding', 'Accept-Language', 'Accept-Ranges'],
      ...['Cache-Control', 'Content-Encoding', 'Content-Language', 'Content-Location'],
      ...['Content-MD5', 'Content-Range', 'Content-Type', 'Connection', 'Date', 'Max-Forwards'],
      ...['Pragma', 'Referer', 'TE', 'User-Agent', 'Via'],
    ].map((header) => ({
      ...proxied(header, tunnel, asking({ headers: { [header]: 'a' } })),
      differs: asksForTunnelOnly,
    })),
    ...['Authorization', 'Cookie', 'X-A'].map((header) =>
      proxied(header, tunnel, asking({ headers: { [header]: 'a' } })),
    ),
    proxied('an error', tunnel, {
      peers: [
        answers(() => ({ status: 404, body: '{"error":"e"}' }), { certificate }),
        proxy(tunnel),
      ],
    }),
    proxied('an unknown authority', tunnel, {
      peers: [
        answers(() => ({}), {
          certificate: issue(authority({ commonName: 'Unknown' }), { dnsNames: ['service.test'] }),
        }),
        proxy(tunnel),
      ],
    }),
    proxied('another name', tunnel, { host: 'third.test' }),
    proxied('plain text', tunnel, {
      peers: [
        serverOf(() =>
          net.createServer((socket) => {
            socket.on('error', () => {});
            socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
          }),
        ),
        proxy(tunnel),
      ],
    }),
    proxied('a connection that ends', tunnel, {
      peers: [
        answers(
          (_request, socket) => {
            socket.end();
            return null;
          },
          { certificate },
        ),
        proxy(tunnel),
      ],
      differs: sentAgain,
    }),
    proxied('a redirect', tunnel, {
      peers: [redirector('/next'), proxy(tunnel)],
      ...asking({ jwt: 'token' }),
    }),
    proxied('a redirect to another host', tunnel, {
      peers: [redirector('https://other.test/next'), proxy(tunnel)],
      ...asking({ jwt: 'token' }),
      differs: tellsOriginOnly,
    }),
    through(
      'a redirect to a host without a proxy',
      (address) => ({ HTTPS_PROXY: `http://${address}`, NO_PROXY: 'localhost' }),
      {
        peers: [
          answers(
            (request, _socket, ports) =>
              request.target === '/next'
                ? { body: 'body' }
                : { status: 302, headers: { Location: `https://localhost:${ports[0]}/next` } },
            { certificate },
          ),
          proxy(tunnel),
        ],
        alone: true,
        differs: tellsOriginOnly,
        // The variables are set for the whole process, because the package reads them again at a redirect.
        call: ({ client, given: { ports } }) => {
          process.env.HTTPS_PROXY = `http://127.0.0.1:${ports[1]}`;
          process.env.NO_PROXY = 'localhost';
          return client().request({ path: 'path' });
        },
      },
    ),
  ],
  trusting,
);

function redirector(location) {
  return answers(
    (request) =>
      request.target === '/next'
        ? { body: 'body' }
        : { status: 302, headers: { Location: location } },
    { certificate },
  );
}

const exempt = (host, list, more) =>
  through(
    `${host}, ${JSON.stringify(list)}`,
    (address) => ({ HTTPS_PROXY: `http://${address}`, NO_PROXY: list }),
    { host, ...more },
  );

compare(
  'NO_PROXY',
  [
    ...[
      ...[
        '',
        '*',
        ' * ',
        '*,a',
        'a,*',
        '**',
        '*.localhost',
        '*localhost',
        'localhost',
        'LOCALHOST',
      ],
      ...[
        ' localhost ',
        '\tlocalhost\t',
        '.localhost',
        '..localhost',
        'localhost.',
        'calhost',
        '.calhost',
      ],
      ...[
        'host',
        'a.localhost',
        'a,localhost',
        'a, localhost ,b',
        'a localhost',
        'localhost a',
        'a;localhost',
      ],
      ...[
        ',',
        ',,localhost,,',
        '.',
        '..',
        ':',
        '::',
        'http://localhost',
        'localhost/',
        '127.0.0.1',
        '^localhost$',
      ],
      ...[
        'localhost:443',
        'localhost:',
        'localhost:*',
        ':443',
        'localhost:0',
        'localhost:1:2',
        'localhost :443',
      ],
    ].map((list) => exempt('localhost', list)),
    ...[
      ['the port', (port) => `localhost:${port}`],
      ['the port, spaces', (port) => `localhost: ${port}`],
      ['the port after zeros', (port) => `localhost:0${port}`],
      ['the port alone', (port) => `:${port}`],
      ['the port of a suffix', (port) => `.localhost:${port}`],
      ['the port of another host', (port) => `other.test:${port}`],
      ['the port and more', (port) => `localhost:${port}:1`],
      ['the port of a list', (port) => `a:1,localhost:${port}`],
    ].map(([name, list]) => ({
      ...exempt('localhost', name),
      env: ([port, proxyPort]) => ({
        HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
        NO_PROXY: list(port),
      }),
    })),
    exempt('LOCALHOST', 'localhost'),
    // If a host name does not exist, the lookup error shows that no proxy was asked.
    ...[
      ...[
        'b.invalid',
        '.b.invalid',
        'invalid',
        '.invalid',
        'a.b.invalid',
        'c.b.invalid',
        '.a.b.invalid',
      ],
      ...[
        'nvalid',
        'B.INVALID',
        '*.b.invalid',
        'b.invalid.',
        'b',
        'a',
        'a.b',
        'a.b.invalid:443',
        'b.invalid:1',
      ],
    ].map((list) => exempt('a.b.invalid', list)),
    ...['b.invalid', 'xb.invalid', '.invalid'].map((list) => exempt('xb.invalid', list)),
  ],
  trusting,
);

// The original's process ends at a tunnel to an address under Node 26. These cases only compare whether a package asked for a
// tunnel.
const asked = {
  alone: true,
  view: ({ requests }) => requests.some(({ method }) => method === 'CONNECT'),
};

/** Returns a case with an IP address as the host, at which the original's process ends under Node 26. */
const toAddress = (name, host, differs) => ({
  ...proxied(name, tunnel, { host, alone: true }),
  differs,
});
// Node 22.23 takes an IPv6 address for a name, so that no certificate has it.
const misnamed = tls.checkServerIdentity('::1', { subject: {}, subjectaltname: altNames() });
const IN_BRACKETS = 'an IPv6 address stands in brackets in an authority (RFC 3986, section 3.2.2)';
const inBrackets = misnamed
  ? rejects(
      IN_BRACKETS,
      {
        message: misnamed.message,
        keys: ['cert', 'code', 'host', 'reason'],
        code: misnamed.code,
        reason: misnamed.reason,
        host: '::1',
      },
      (ports) => throughTunnel('[::1]')(ports).slice(1),
    )
  : resolves(IN_BRACKETS, body, throughTunnel('[::1]'));

/** Returns the names of the service's certificate as Node tells them. */
function altNames() {
  return new X509Certificate(certificate.cert).subjectAltName;
}

compare(
  'addresses of services',
  [
    toAddress(
      'IPv4',
      '127.0.0.1',
      endsOverAddresses &&
        resolves('an address is a host like any other', body, throughTunnel('127.0.0.1')),
    ),
    toAddress('IPv6', '::1', inBrackets),
    toAddress('IPv6, in brackets', '[::1]', inBrackets),
  ],
  trusting,
);

compare(
  'NO_PROXY of addresses',
  [
    ...[
      ...['127.0.0.1', '127.0.0.2', '127.0.0', '0.0.1', '.0.0.1', '127.0.0.0/8', 'localhost'],
    ].map((list) => exempt('127.0.0.1', list, asked)),
    ...['::1', '[::1]', '*'].map((list) => exempt('::1', list, asked)),
  ],
  trusting,
);
