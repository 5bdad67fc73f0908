'use strict';

// Compares how redirects are followed or refused with the published original.

const http = require('node:http');

const { answers, compare, PATH, rejects, resolves, response } = require('./support');
const { sent, serverOf } = require('./support');

/** A server that redirects /…/path to `location`, and responds with 200 to any other path. */
const redirector = (location, status = 302, more = {}) =>
  answers((request, _socket, ports) => {
    if (!request.target.includes('/instance/path')) return { body: 'arrived' };
    const to = typeof location === 'function' ? location(ports) : location;
    const headers = to === undefined ? {} : { Location: to };
    const body = status === 304 ? '' : 'moved';
    return { status, body, ...more, headers: { ...headers, ...more.headers } };
  });

// The original's process ends at some targets; which ones depends on the version of Node.
const crashing = { crashes: true };

/** A server that does not redirect. */
const destination = answers(() => ({ body: 'arrived' }));

const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];

/**
 * The original takes `Cookie` and `Proxy-Authorization` along to any origin, `Authorization` to another port and with a 307, and
 * the query in `Referer`. All requests but the first go to another origin than the one before.
 */
const atAnotherOrigin = {
  reason: "credentials stay with their origin, by the fetch standard's rule",
  expect: ({ requests, ...original }) => ({
    ...original,
    requests: requests.map(({ headers, ...request }) => ({
      ...request,
      headers: request.target.startsWith(PATH) ? headers : withoutSecrets(headers),
    })),
  }),
};

const withoutSecrets = (headers) =>
  headers
    .filter(([name]) => !CREDENTIALS.includes(name))
    .map(([name, value]) => [name, name === 'referer' ? new URL('/', value).href : value]);

const to = (name, location, more) => ({
  name,
  peers: [redirector(location), destination],
  ...more,
});
/** Returns a case of a request for `path` that is redirected to `location`. */
const from = (path, location, differs) => ({
  ...asking({ path }),
  name: `from ${path} to ${location}`,
  peers: [
    answers(({ target }) =>
      target.endsWith(path) ? { status: 302, headers: { Location: location } } : {},
    ),
  ],
  differs,
});
const asking = (options) => ({
  call: ({ client, given }) => client().request({ path: 'path', ...given.options }),
  given: { options },
});

/** Ours refuses redirects from https to http. */
const refusesHttp = (target) =>
  rejects(
    'a token must not be sent without TLS (CVE-2023-28155)',
    (ports) => ({
      message: `Refused redirect from https://127.0.0.1:${ports[0]}${PATH} to ${target(ports)}`,
    }),
    (_ports, { requests }) => requests.slice(0, 1),
  );

/** Ours refuses this target. */
const refuses = (uri) =>
  rejects('no valid URL, so no place', {
    message: `Invalid URI "${uri}". This can be caused by a crappy redirection.`,
  });
const refusesProtocol = (protocol) =>
  rejects('no place that speaks HTTP', { message: `Invalid protocol: ${protocol}:` });

/** Ours sends another request after the redirect: `change` makes its properties from the original's. */
const asks = (reason, change) => ({
  reason,
  expect: ({ requests: [first, second], ...original }) => ({
    ...original,
    requests: [first, { ...second, ...change(second) }],
  }),
});
const startedAgain = {
  reason: "Node's client makes the whole call again",
  expect: ({ requests, ...original }) => ({ ...original, requests: [...requests, ...requests] }),
};
const asksFor = (target) => asks('bytes beyond ASCII are percent-encoded', () => ({ target }));

/** Our Referer contains neither credentials nor a fragment. */
const bareReferer = {
  reason: 'RFC 9110, section 10.1.3',
  expect: ({ requests, ...original }) => ({
    ...original,
    requests: requests.map(({ headers, ...request }) => ({
      ...request,
      headers: headers
        .filter(([name]) => name !== 'authorization')
        .map(([name, value]) => [name, value.replace(/user:pass@|#.*/g, '')]),
    })),
  }),
};

const arrived = { headers: { 'content-length': '7' }, body: 'arrived' };

/** Ours follows a target that the original refuses. */
const follows = (target) =>
  resolves('read as browsers do, by the URL standard', arrived, ([port], { requests }) => [
    ...requests,
    sent(
      `127.0.0.1:${port}`,
      { referer: `https://127.0.0.1:${port}${PATH}` },
      { target: target(port) },
    ),
  ]);

const differsAt = {
  '/caf\xe9': asksFor('/caf%E9'),
  '/\xe2\x82\xac': asksFor('/%E2%82%AC'),
  '///next': refuses('///next'),
  '#fragment': bareReferer,
};

compare('targets', [
  ...[
    ...['next', './next', '../next', '../../../../../next', '/next', '/', '.', '..', 'a/b/../next'],
    ...['?a=b', '/next?a=b&c', '/next#fragment', '#fragment', '?', '', '/next?a=b?c#d'],
    ...[
      '/a b',
      '/a%20b',
      '/a%zz',
      '/caf\xe9',
      '/\xe2\x82\xac',
      '/a|b',
      '/a"b',
      '/a\\b',
      '\\next',
      '/next?a=\\b',
      '\\next?\\#\\',
      '/a\tb',
    ],
    ...[
      ' /next',
      '/next ',
      '///next',
      'next:1',
      '/:1',
      'a:b/c',
      '/a;b',
      "/a'b",
      '/%61',
      '/a//b/./c/../d',
    ],
    ...['/[a]', '/a^b`{}', '/%E2%82', '/\u007e'],
  ].map((location) => to(JSON.stringify(location), location, { differs: differsAt[location] })),
  ...['a/../b', 'a/./b/../c/d', '../a'].flatMap((path) =>
    ['?c', './e', '../e', '.'].map((location) => from(path, location)),
  ),
  from('%2e%2e/a', '?c'),
  from(
    '%2e%2e/a',
    './e',
    asks('%2e is a dot in a segment', () => ({ target: '/services/service/v1/e' })),
  ),
  to('no target', undefined),
  to('a whole address', ([port]) => `https://127.0.0.1:${port}/next`),
  to('a whole address without a path', ([port]) => `https://127.0.0.1:${port}`),
  to('a whole address with a query but no path', ([port]) => `https://127.0.0.1:${port}?a=b`),
  to('a whole address of another scheme case', ([port]) => `HTTPS://127.0.0.1:${port}/next`),
  to('an address without a scheme', ([port]) => `//127.0.0.1:${port}/next`),
  to('an address without slashes', ([port]) => `https:127.0.0.1:${port}/next`, {
    ...crashing,
    differs: follows((port) => `/services/service/v1/instance/127.0.0.1:${port}/next`),
  }),
  to('an address with one slash', ([port]) => `https:/127.0.0.1:${port}/next`, {
    differs: follows((port) => `/127.0.0.1:${port}/next`),
  }),
  to('an address with three slashes', ([port]) => `https:///127.0.0.1:${port}/next`, {
    differs: follows(() => '/next'),
  }),
  ...[
    ['port', ([, port]) => `https://127.0.0.1:${port}/next`],
    ['host', ([port]) => `https://localhost:${port}/next`],
    ['host, without a scheme', ([port]) => `//localhost:${port}/next`],
    ['host, in upper case', ([port]) => `https://LOCALHOST:${port}/next`],
  ].map(([name, location]) => to(`another ${name}`, location, { differs: atAnotherOrigin })),
  to('an address with credentials', ([port]) => `https://user:p%40ss@127.0.0.1:${port}/next`, {
    differs: asks('an answer must not choose the credentials', ({ headers }) => ({
      headers: headers.filter(([name]) => name !== 'authorization'),
    })),
  }),
  {
    name: 'an address with credentials and a fragment, which leads on',
    peers: [
      answers(({ target }, _socket, [port]) => {
        if (target === '/third') return { body: 'arrived' };
        const second = `https://user:pass@127.0.0.1:${port}/second#part`;
        return { status: 302, headers: { Location: target === '/second' ? '/third' : second } };
      }),
    ],
    differs: bareReferer,
  },
  to('a port without a server', 'https://127.0.0.1:1/next', { differs: startedAgain }),
  to('no port', 'https://nosuch.invalid/next', { differs: startedAgain }),
  to('a port out of range', 'https://127.0.0.1:65536/next', {
    ...crashing,
    differs: refuses('https://127.0.0.1:65536/next'),
  }),
  to('a port that is no number', 'https://127.0.0.1:port/next', {
    ...crashing,
    differs: refuses('https://127.0.0.1:port/next'),
  }),
  to('no host', 'https://', {
    ...crashing,
    differs: refuses('https://'),
  }),
  to('no host, but a port', 'https://:1/next', {
    ...crashing,
    differs: refuses('https://:1/next'),
  }),
  to('a bracket left open', 'https://[::1/next', {
    ...crashing,
    differs: refuses('https://[::1/next'),
  }),
  to('a space in the host', 'https://a.invalid b/next', {
    ...crashing,
    differs: refuses('https://a.invalid%20b/next'),
  }),
  to('ftp', 'ftp://127.0.0.1/next'),
  to('file', 'file:///etc/hostname', { differs: refusesProtocol('file') }),
  to('javascript', 'javascript:alert(1)', { differs: refusesProtocol('javascript') }),
  to('mailto', 'mailto:user@nosuch.invalid'),
  to('data', 'data:text/plain,hello'),
  to('unix', 'unix:/none', { differs: refusesProtocol('unix') }),
  to('a unix socket', 'http://unix:/none:/next', {
    ...crashing,
    differs: refusesHttp(() => 'http://unix/none:/next'),
  }),
  to('two targets', undefined, {
    peers: [
      answers((request) =>
        request.target.includes('/instance/path')
          ? 'HTTP/1.1 302 Found\r\nLocation: /first\r\nLocation: /second\r\nContent-Length: 0\r\n\r\n'
          : { body: 'arrived' },
      ),
    ],
  }),
]);

compare('statuses', [
  ...[300, 301, 302, 303, 304, 305, 306, 307, 308, 310, 399].flatMap((status) => [
    { name: `${status}`, peers: [redirector('/next', status)] },
    { name: `${status} without a target`, peers: [redirector(undefined, status)] },
  ]),
  ...[200, 201, 400, 401, 503, 600].map((status) => ({
    name: `${status} with a target`,
    peers: [redirector('/next', status, { body: '{}' })],
  })),
]);

compare(
  'methods',
  [
    ...['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PURGE'],
    ...['get', 'head', 'options', 'post', 'put', 'patch', 'delete', 'Post'],
  ].flatMap((method) =>
    [301, 302, 303, 307, 308].map((status) => ({
      name: `${method}, ${status}`,
      peers: [redirector('/next', status)],
      ...asking({ method }),
    })),
  ),
);

const carrying = {
  headers: {
    'X-A': 'a',
    Cookie: 'a=1',
    'Proxy-Authorization': 'Basic YTpi',
    'Content-Type': 'text/plain',
    'Content-Language': 'en',
    Referer: 'https://referer.invalid/',
  },
  jwt: 'token',
};

const hosts = {
  'to the same host': '/next',
  'to another port': ([, port]) => `https://127.0.0.1:${port}/next`,
  'to another host': ([, port]) => `https://localhost:${port}/next`,
};

const goingAlong = [
  ...Object.entries(hosts).flatMap(([where, location]) =>
    [301, 302, 303, 307, 308].flatMap((status) =>
      [
        ['GET', undefined],
        ['GET', { a: 1 }],
        ['HEAD', undefined],
        ['OPTIONS', { a: 1 }],
        ['POST', { a: 1 }],
      ].map(([method, body]) => ({
        name: `${method}${body ? ' with a body' : ''}, ${status}, ${where}`,
        peers: [redirector(location, status), destination],
        ...asking({ ...carrying, method, body }),
        ...(where !== 'to the same host' && method !== 'POST' && { differs: atAnotherOrigin }),
      })),
    ),
  ),
  ...[302, 307].flatMap((status) => [
    {
      name: `the query, ${status}`,
      peers: [redirector('/next', status)],
      ...asking({ qs: { a: 'b' } }),
    },
    {
      name: `the query, to one of its own, ${status}`,
      peers: [redirector('?c=d', status)],
      ...asking({ qs: { a: 'b' } }),
    },
    {
      name: `the query, to another port, ${status}`,
      peers: [redirector(hosts['to another port'], status), destination],
      ...asking({ qs: { a: 'b' } }),
      differs: atAnotherOrigin,
    },
    {
      name: `a Host of the caller's, ${status}`,
      peers: [redirector('/next', status)],
      ...asking({ headers: { Host: 'localhost' }, jwt: 'token' }),
      ...(status === 302 && {
        differs: asks('a Host header changes nothing about the origin', ({ headers }) => ({
          headers: [...headers, ['authorization', 'Bearer token']].sort(),
        })),
      }),
    },
    ...[
      ["a Host of the caller's", { Host: '127.0.0.1', Authorization: 'Bearer token' }],
      ['an authorization in lower case', { authorization: 'Basic YTpi' }],
      ['a Proxy-Authorization', { 'Proxy-Authorization': 'Basic YTpi' }],
      ['a list of cookies', { Cookie: ['a=1', 'b=2'] }],
    ].map(([name, headers]) => ({
      name: `${name}, to another host, ${status}`,
      peers: [redirector(hosts['to another host'], status), destination],
      ...asking({ headers }),
      differs: atAnotherOrigin,
    })),
    {
      name: `there and back, ${status}`,
      peers: [
        redirector(([, port]) => `https://localhost:${port}/service/instance/path`, status),
        redirector(([port]) => `https://127.0.0.1:${port}/back`, status),
      ],
      ...asking({ ...carrying, headers: { ...carrying.headers, Referer: undefined } }),
      differs: atAnotherOrigin,
    },
  ]),
];

compare('what goes along', goingAlong);
compare("what goes along, through Node's own client", goingAlong, {
  env: () => ({ PUSHER_PLATFORM_TRANSPORT: 'node' }),
});

/** A server that redirects `times` times, and then responds. */
const chain = (times, status = 302) =>
  answers((request) => {
    const step = Number(request.target.split('/').pop()) || 0;
    if (step === times) return { body: 'arrived' };
    return { status, headers: { Location: `/${step + 1}` } };
  });

compare('chains', [
  { name: 'of ten', peers: [chain(10)] },
  { name: 'of eleven', peers: [chain(11)] },
  { name: 'of ten, HEAD', peers: [chain(10)], ...asking({ method: 'HEAD' }) },
  { name: 'of eleven, HEAD', peers: [chain(11)], ...asking({ method: 'HEAD' }) },
  { name: 'of ten, 307 with a body', peers: [chain(10, 307)], ...asking({ body: { a: 1 } }) },
  { name: 'a loop', peers: [redirector((ports) => `https://127.0.0.1:${ports[0]}/instance/path`)] },
  {
    name: 'a loop of two hosts',
    peers: [
      redirector(([, port]) => `https://localhost:${port}/instance/path`),
      redirector(([port]) => `https://127.0.0.1:${port}/instance/path`),
    ],
    ...asking({ jwt: 'token' }),
    differs: atAnotherOrigin,
  },
]);

/** A server that redirects to /next and responds there with `text`. */
const leadingTo = (text) =>
  answers((request, socket) => {
    if (request.target !== '/next') return { status: 302, headers: { Location: '/next' } };
    if (text !== null) return text;
    socket.destroy();
    return null;
  });

compare('where they end', [
  { name: 'an error', peers: [leadingTo(response('404 No', '{"error":"e"}'))] },
  { name: '204', peers: [leadingTo('HTTP/1.1 204 No Content\r\n\r\n')] },
  { name: '304', peers: [leadingTo('HTTP/1.1 304 Not Modified\r\n\r\n')] },
  { name: '600', peers: [leadingTo(response('600 No'))] },
  { name: 'a redirect without a target', peers: [leadingTo(response('302 Found'))] },
  { name: 'a malformed answer', peers: [leadingTo('hello\r\n\r\n')] },
  {
    name: 'a connection that is closed',
    peers: [leadingTo(null)],
    // The request that follows the redirect uses the connection of the first response.
    differs: {
      reason: 'a kept connection may be closed at that very moment (RFC 9112, section 9.3.1)',
      expect: ({ requests: [first, second], ...original }) => ({
        ...original,
        requests: [first, second, second, second],
      }),
    },
  },
]);

const found = 'HTTP/1.1 302 Found\r\nLocation: /next\r\n';

/** A server that redirects with `text`, calls `act`, and responds at /next. */
const redirectedBy = (text, act) =>
  answers((request, socket) => {
    if (request.target === '/next') return { body: 'arrived' };
    if (!act) return text;
    socket.write(text, 'latin1', () => act(socket));
    return null;
  });

compare('bodies of redirects', [
  { name: 'a megabyte', peers: [redirector('/next', 302, { body: 'a'.repeat(1_000_000) })] },
  {
    name: 'chunks',
    peers: [redirectedBy(`${found}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`)],
  },
  { name: 'never whole', peers: [redirectedBy(`${found}Content-Length: 9\r\n\r\na`)] },
  {
    name: 'cut short',
    peers: [redirectedBy(`${found}Content-Length: 9\r\n\r\na`, (socket) => socket.end())],
  },
  { name: 'until the end', peers: [redirectedBy(`${found}\r\na`, (socket) => socket.end())] },
  {
    name: 'malformed',
    peers: [redirectedBy(`${found}Transfer-Encoding: chunked\r\n\r\nzz\r\n`)],
    differs: resolves('the body of a redirect is not read', arrived),
  },
  {
    name: 'Connection: close',
    peers: [redirector('/next', 302, { headers: { Connection: 'close' } })],
  },
]);

// A server without TLS, which none of our requests may reach.
const plain = serverOf((requests) =>
  http.createServer((request, response) => {
    requests.push({ method: request.method, target: request.url, headers: [], body: '' });
    response.sendDate = false;
    response.end('plain');
  }),
);

compare(
  'to http',
  [302, 307].map((status) => ({
    name: `${status}`,
    peers: [redirector(([, port]) => `http://127.0.0.1:${port}/next`, status), plain],
    ...asking({ jwt: 'token' }),
    differs: refusesHttp(([, port]) => `http://127.0.0.1:${port}/next`),
  })),
);
