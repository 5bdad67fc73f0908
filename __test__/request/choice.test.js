'use strict';

// Compares both packages in processes that decide something about their connections: what the decision sees of the calls, what
// the service and the proxy see, and what the callers get. The lines of NODE_DEBUG say how our calls were sent.

const assert = require('node:assert/strict');
const { constants } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const tls = require('node:tls');

const { run } = require('../support/child');
const { names } = require('../support/packages');
const { authority, issue } = require('../../testing/certificates');

const PROGRAM = require.resolve('./chosen');
// Only the resolvers of the decisions know this name (RFC 6761, section 6.4).
const NAME = 'service.invalid';
// The proxy's password, which no line of NODE_DEBUG may contain.
const SECRET = 'a-password';

const root = authority({ commonName: 'Authority' });
const { chain, key } = issue(root, { dnsNames: [NAME], ipAddresses: ['127.0.0.1'] });
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'choice-'));
const caFile = write('ca.pem', root.ca);

/** What the service and the proxy have seen of the current process. @type {{ requests: any[], tunnels: any[] }} */
let traffic;
// A session that is resumed would not be judged again.
const secureOptions = constants.SSL_OP_NO_TICKET;
const service = https.createServer({ cert: chain, key, secureOptions }, answer);
// This one refuses whoever does not support X25519.
const strict = https.createServer({ cert: chain, key, ecdhCurve: 'X25519' }, answer);
const proxy = http.createServer();
proxy.on('connect', ({ url }, socket) => {
  traffic.tunnels.push(url);
  const upstream = net.connect(service.address().port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
});

function answer({ method, url, socket }, response) {
  const { name, version } = socket.getCipher();
  traffic.requests.push({ method, url, name, version });
  // Each call makes a connection of its own.
  response.writeHead(200, { Connection: 'close' }).end('from the service');
}

before(async () => {
  for (const server of [service, strict, proxy]) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }
});

after(() => {
  for (const server of [service, strict, proxy]) server.close();
  fs.rmSync(folder, { recursive: true });
});

function write(name, text) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
}

/**
 * Runs the calls of one package, and returns what everybody has seen.
 * @param {string} subject
 * @param {string} name the name of the decision
 * @param {any} [how]
 */
async function traceOf(
  subject,
  name,
  { isLate, host = '127.0.0.1', isStrict, env, execArgv } = {},
) {
  traffic = { requests: [], tunnels: [] };
  const { port } = (isStrict ? strict : service).address();
  const input = { subject, name, isLate, host, port, ca: root.ca };
  const { port: proxyPort } = proxy.address();
  const result = await run(PROGRAM, {
    args: [JSON.stringify({ ...input, proxyPort })],
    execArgv,
    env: {
      GLOBAL_AGENT_HTTPS_PROXY: `http://user:${SECRET}@127.0.0.1:${proxyPort}`,
      NODE_DEBUG: 'pusher-platform',
      NODE_EXTRA_CA_CERTS: caFile,
      // The resolver is asked only once, in case it does not answer (resolv.conf(5)).
      RES_OPTIONS: 'timeout:1 attempts:1',
      ...env,
    },
  });
  assert.ok(!result.stderr.includes(SECRET));
  const ways = result.stderr.match(/^PUSHER-PLATFORM .*$/gm) || [];
  return { trace: { ...result.json, ...traffic }, ways };
}

/**
 * Compares both packages under a decision, and returns the trace of the original.
 * @param {string} name
 * @param {RegExp | undefined} reason why our calls go through Node's client, or undefined if they are sent natively
 * @param {any} [how]
 */
async function compare(name, reason, how) {
  const { trace: original } = await traceOf(names.original, name, how);
  const { trace, ways } = await traceOf(names.ours, name, how);
  assert.deepEqual(trace, original);
  const { outcomes } = trace;
  const isRevoked = outcomes.length > (how?.isLate ? 3 : 2);
  const isChosen = ways.map((line) => reason?.test(line) === true);
  const isExpected = reason !== undefined;
  assert.deepEqual(
    isChosen,
    [...(how?.isLate ? [false] : []), isExpected, isExpected, ...(isRevoked ? [false] : [])],
    ways.join('\n'),
  );
  for (const [index, line] of ways.entries()) {
    if (!isChosen[index] && outcomes[index].statusCode === 200) assert.match(line, /, natively$/);
  }
  return original;
}

const own = (name) => new RegExp(`since ${name.replace(/\./g, '\\.')} is not Node's own$`);
const UNTRUSTED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const CIPHERS = /since tls\.DEFAULT_CIPHERS is not Node's default$/;
const REQUEST = own('https.request');
const CONNECTION = own('https.Agent.prototype.createConnection');

/**
 * The decisions, with the reason for which our calls go through Node's client, and what shows that the original obeys them.
 * @type {Array<[name: string, reason: RegExp, isObeyed: (original: any) => boolean, how?: any]>}
 */
const DECISIONS = [
  ['global-agent', /since global\.GLOBAL_AGENT is set$/, throughProxy, { host: NAME }],
  ['createGlobalProxyAgent', own('http.request'), throughProxy, { host: NAME }],
  // The original makes its connections with an agent of its own, so that what this package does to the global one has no effect.
  ['global-tunnel-ng', own('http.request'), isServed],
  ['cacheable-lookup', own('dns.lookup'), resolved, { host: NAME }],
  ['cacheable-lookup in https.globalAgent', undefined, gets({ code: 'ENOTFOUND' }), { host: NAME }],
  ['dns.lookup', own('dns.lookup'), resolved, { host: NAME }],
  ['https.request that records', REQUEST, isSeen],
  ['https.request that refuses', REQUEST, gets({ code: 'ERR_NOT_ALLOWED' })],
  ['https.request that caches', REQUEST, gets({ body: 'cached' })],
  ['https.request that is bound', REQUEST, isServed],
  ['https.request that is a Proxy', REQUEST, isSeen],
  ['http.ClientRequest', own('http.ClientRequest'), isServed],
  ['http.request', own('http.request'), isServed],
  ['net.connect', own('net.connect'), isServed],
  ['net.Socket.prototype.connect', own('net.Socket.prototype.connect'), isSeen],
  ['tls.connect', own('tls.connect'), isSeen],
  ['tls.createSecureContext', own('tls.createSecureContext'), isServed, untrusting()],
  ['tls.checkServerIdentity', own('tls.checkServerIdentity'), gets({ code: 'ERR_PIN' })],
  ['https.globalAgent', undefined, isServed],
  ['https.globalAgent with ca', undefined, gets({ code: UNTRUSTED }), untrusting()],
  ['https.Agent.prototype.createConnection', CONNECTION, isSeen],
  ['https.Agent.prototype.addRequest', own('https.Agent.prototype.addRequest'), isSeen],
  ['nock-13', own('http.ClientRequest'), gets({ body: 'mocked' })],
  ['nock-14', own('http.ClientRequest'), gets({ body: 'mocked' })],
  ['msw', own('http.ClientRequest'), gets({ body: 'mocked' })],
  ['tls.DEFAULT_CIPHERS', CIPHERS, hasCipher(/CHACHA20/)],
  [
    'tls.DEFAULT_ECDH_CURVE',
    /tls\.DEFAULT_ECDH_CURVE is not Node's default$/,
    fails(/handshake failure/),
    { isStrict: true },
  ],
  ['dns.setDefaultResultOrder', /since dns\.getDefaultResultOrder\(\) is ipv4first$/, isServed],
  ['http.Agent.defaultMaxSockets', /since http\.Agent\.defaultMaxSockets is 1$/, isServed],
];

for (const [name, reason, isObeyed, how] of DECISIONS) {
  test(`${name}, before the package is loaded`, async () => {
    const original = await compare(name, reason, how);
    assert.ok(isObeyed(original, 0), JSON.stringify(original));
  });

  test(`${name}, between two calls`, async () => {
    const original = await compare(name, reason, { ...how, isLate: true });
    assert.ok(isObeyed(original, 1), JSON.stringify(original));
  });
}

function throughProxy({ tunnels }) {
  return tunnels.length === 2;
}

function resolved({ seen, outcomes }, first) {
  return seen.includes(NAME) && outcomes[first].statusCode === 200;
}

function isSeen({ seen }) {
  return seen.length >= 2;
}

function isServed({ outcomes }, first) {
  return [outcomes[first], outcomes[first + 1]].every(({ body }) => body === 'from the service');
}

/** @param {any} wanted */
function gets(wanted) {
  return ({ outcomes }, first) =>
    [outcomes[first], outcomes[first + 1]].every((outcome) =>
      Object.entries(wanted).every(([name, value]) => outcome[name] === value),
    );
}

/** @param {RegExp} message */
function fails(message) {
  return ({ outcomes }, first) => message.test(outcomes[first].message);
}

/** @param {RegExp} cipher */
function hasCipher(cipher) {
  return ({ requests }, first) => cipher.test(requests[first].name);
}

/** Returns how a process runs that does not trust the service, unless its decision does. */
function untrusting() {
  return { env: { NODE_EXTRA_CA_CERTS: '' } };
}

test('https.request that is a getter', async () => {
  // How often each package reads the property is its own affair.
  const name = 'https.request that is a getter';
  const { trace: original } = await traceOf(names.original, name);
  const { trace, ways } = await traceOf(names.ours, name);
  assert.ok(original.seen.length >= 2);
  assert.deepEqual({ ...trace, seen: [] }, { ...original, seen: [] });
  for (const line of ways.slice(0, 2)) assert.match(line, REQUEST);
  assert.match(ways[2], /, natively$/);
});

test("https.globalAgent has no effect on Node's client either", async () => {
  const how = { env: { NODE_EXTRA_CA_CERTS: '', PUSHER_PLATFORM_TRANSPORT: 'node' } };
  const { trace: original } = await traceOf(names.original, 'https.globalAgent with ca', how);
  const { trace } = await traceOf(names.ours, 'https.globalAgent with ca', how);
  assert.deepEqual(trace, original);
  assert.ok(gets({ code: UNTRUSTED })(original, 0));
});

test('FIPS mode', async () => {
  // If OpenSSL has no provider for FIPS, no connection can be made, and what it calls that depends on what it was asked before.
  const results = [];
  for (const subject of [names.original, names.ours]) {
    const { trace, ways } = await traceOf(subject, 'fips', { isLate: true });
    results.push(trace.outcomes.map(({ statusCode }) => statusCode));
    for (const line of ways.slice(1)) assert.match(line, /since FIPS mode is on$/);
  }
  assert.deepEqual(results[1], results[0]);
});

test('https.Agent, before the package is loaded', async () => {
  const original = await compare('https.Agent', own('https.Agent'));
  assert.ok(isSeen(original));
});

test('https from a hook of Module._load', async () => {
  const original = await compare('https from Module._load', REQUEST);
  assert.ok(isSeen(original));
});

const CHACHA = 'TLS_CHACHA20_POLY1305_SHA256';
const OPENSSL = write(
  'openssl.cnf',
  [
    'nodejs_conf = nodejs',
    '[nodejs]',
    'ssl_conf = ssl',
    '[ssl]',
    'system_default = system',
    '[system]',
    'Groups = P-521',
  ].join('\n'),
);

/** @type {Array<[title: string, reason: RegExp, isObeyed: (original: any, first: number) => boolean, how: any]>} */
const SETTINGS = [
  [
    '--tls-cipher-list',
    CIPHERS,
    hasCipher(/CHACHA20/),
    { execArgv: [`--tls-cipher-list=${CHACHA}`] },
  ],
  [
    'NODE_OPTIONS, quoted',
    /--openssl-config is on$/,
    fails(/handshake failure/),
    { env: { NODE_OPTIONS: `"--openssl-config=${OPENSSL}"` }, isStrict: true },
  ],
  [
    'underscores',
    /--openssl-config is on$/,
    fails(/handshake failure/),
    { execArgv: [`--openssl_config=${OPENSSL}`], isStrict: true },
  ],
  [
    '--dns-result-order',
    /--dns-result-order is on$/,
    isServed,
    { execArgv: ['--dns-result-order=ipv4first'] },
  ],
  [
    '--use-openssl-ca',
    /--use-openssl-ca is on$/,
    isServed,
    {
      execArgv: ['--use-openssl-ca'],
      env: { SSL_CERT_FILE: caFile, NODE_EXTRA_CA_CERTS: '' },
    },
  ],
  [
    '--openssl-config',
    /--openssl-config is on$/,
    fails(/handshake failure/),
    { execArgv: [`--openssl-config=${OPENSSL}`], isStrict: true },
  ],
  [
    'OPENSSL_CONF',
    /OPENSSL_CONF is set$/,
    fails(/handshake failure/),
    { env: { OPENSSL_CONF: OPENSSL }, isStrict: true },
  ],
];

for (const [title, reason, isObeyed, how] of SETTINGS) {
  test(title, async () => {
    const original = await compare('nothing', reason, how);
    assert.ok(isObeyed(original, 0), JSON.stringify(original));
  });
}

test('--tls-keylog', async () => {
  const counts = [];
  for (const subject of [names.original, names.ours]) {
    const file = path.join(folder, `${counts.length}.keys`);
    const { trace } = await traceOf(subject, 'nothing', { execArgv: [`--tls-keylog=${file}`] });
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
    const secrets = lines.filter((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 '));
    counts.push([trace.outcomes, secrets.length]);
  }
  assert.deepEqual(counts[1], counts[0]);
  assert.equal(counts[0][1], 2);
});

test('a process that has decided nothing stays native', async () => {
  const { trace: original } = await traceOf(names.original, 'nothing');
  const settings = [
    [],
    ['--pending-deprecation', '--throw-deprecation'],
    // The test runner of Node 24 starts its processes so.
    [`--tls-cipher-list=${tls.DEFAULT_CIPHERS}`],
  ];
  for (const execArgv of settings) {
    const { trace, ways } = await traceOf(names.ours, 'nothing', { execArgv });
    assert.deepEqual(trace, original);
    assert.equal(ways.length, 2);
    for (const line of ways) assert.match(line, /, natively$/);
  }
});

test('a worker of such a process stays native', async () => {
  const program = `
    const { Worker } = require('worker_threads');
    const source = 'console.log(JSON.stringify([require("./lib/request/choice").reasonForNode()]))';
    new Worker(source, { eval: true });
  `;
  assert.deepEqual((await run(program)).json, [null]);
});

test('functions in a single line are not taken for those of Node', async () => {
  const program = `
    const { reasonForNode } = require('./lib/request/choice');
    const net = require('net');
    const { connect } = net;
    const stubs = [() => {}, () => true, function () {}, function noop() {}, class {}];
    const reasons = stubs.map((stub) => {
      net.connect = stub;
      return reasonForNode();
    });
    net.connect = connect;
    console.log(JSON.stringify([...reasons, reasonForNode() || 'native']));
  `;
  const replaced = "net.connect is not Node's own";
  assert.deepEqual((await run(program)).json, [...Array(5).fill(replaced), 'native']);
});

test('a wrapper that tools mark is looked beneath, and one that inherits the mark is not', async () => {
  const program = `
    const { reasonForNode } = require('./lib/request/choice');
    const https = require('https');
    const { request } = https;
    const wrapper = () => (...args) => {
      return request(...args);
    };
    const shimmed = Object.assign(wrapper(), { __wrapped: true, __original: request });
    const stubbed = Object.assign(wrapper(), { __wrapped: true, __original: () => {} });
    const ofNewRelic = Object.assign(wrapper(), { [Symbol('original')]: shimmed });
    const heir = Object.setPrototypeOf(wrapper(), shimmed);
    const reasons = [shimmed, ofNewRelic, stubbed, heir].map((each) => {
      https.request = each;
      return reasonForNode() || 'native';
    });
    console.log(JSON.stringify(reasons));
  `;
  const replaced = "https.request is not Node's own";
  assert.deepEqual((await run(program)).json, ['native', 'native', replaced, replaced]);
});

test('under the permission model, which hides the sources of Node, its client sends all calls', async () => {
  const { allowedNodeEnvironmentFlags: known } = process;
  const option = known.has('--permission') ? '--permission' : '--experimental-permission';
  const program = `
    const reason = require('./lib/request/choice').reasonForNode();
    console.log(JSON.stringify(reason));
  `;
  const execArgv = [option, '--allow-fs-read=*', '--allow-addons'];
  if (known.has('--allow-net')) execArgv.push('--allow-net');
  const { json } = await run(program, { execArgv });
  assert.match(
    json,
    /^Node's own functions cannot be told from others .* without its permission model/,
  );
});

test('PUSHER_PLATFORM_TRANSPORT is auto, node, or nothing', async () => {
  const ways = {};
  for (const value of ['', 'auto', 'node']) {
    const env = { PUSHER_PLATFORM_TRANSPORT: value };
    const { trace, ways: lines } = await traceOf(names.ours, 'nothing', { env });
    assert.deepEqual(
      trace.outcomes.map(({ statusCode }) => statusCode),
      [200, 200],
    );
    ways[value] = lines.map((line) => line.split(' ms, ')[1]);
  }
  const node = "through Node's client, since PUSHER_PLATFORM_TRANSPORT is node";
  assert.deepEqual(ways, {
    '': ['natively', 'natively'],
    auto: ['natively', 'natively'],
    node: [node, node],
  });
});

test('any other PUSHER_PLATFORM_TRANSPORT rejects each call, and sends nothing', async () => {
  const env = { PUSHER_PLATFORM_TRANSPORT: 'Node' };
  const { trace } = await traceOf(names.ours, 'nothing', { env });
  const error = {
    name: 'TypeError',
    message:
      'The environment variable PUSHER_PLATFORM_TRANSPORT must be "auto" or "node"; it is "Node"',
    code: 'ERR_INVALID_ARG_VALUE',
  };
  assert.deepEqual(trace, { outcomes: [error, error], seen: [], requests: [], tunnels: [] });
});
