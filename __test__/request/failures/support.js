'use strict';

// Compares how the two packages fail, with peers that misbehave and a program that reports how calls end.
//
// When required, this module exports `compare`, which registers one test for each case. When run as a program, in a process with
// environment variables of its own, it makes the calls of one package and prints how each call ended.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { after, before, suite, test } = require('node:test');
const vm = require('node:vm');

const { loopback } = require('../../../testing/certificates');
const { run } = require('../../support/child');
const { names } = require('../../support/packages');
const { record } = require('../../support/recorder');

// A call that takes longer than this hangs. The time is far longer than a call takes on a busy machine, except for cases that are
// expected to hang.
const PATIENCE = 40_000;
const PATIENCE_WHERE_IT_HANGS = 3_000;

/* ------------------------------------------------------------ the program in the child */

/** Makes calls and prints a list of their outcomes as the last line. */
async function main() {
  const { name, calls, oneByOne } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
  const sdk = require(name);
  const outcomes = calls.map(() => ({ outcome: 'hung' }));
  const print = (code) =>
    process.stdout.write(`\n${JSON.stringify(outcomes)}\n`, () => process.exit(code));

  // A crash ends all calls of the process, so a case that may crash runs alone.
  process.on('uncaughtException', (error) => {
    for (const each of outcomes.filter(({ outcome }) => outcome === 'hung')) {
      Object.assign(each, { outcome: 'crashed', with: describe(error) });
    }
    print(1);
  });

  const make = async (each, i) => {
    let timer;
    const hung = new Promise((resolve) => {
      const patience = each.hangs ? PATIENCE_WHERE_IT_HANGS : PATIENCE;
      timer = setTimeout(() => resolve(outcomes[i]), patience);
    });
    outcomes[i] = await Promise.race([outcomeOf(sdk, each), hung]);
    clearTimeout(timer);
  };
  if (oneByOne) {
    for (const [i, each] of calls.entries()) await make(each, i);
  } else {
    await Promise.all(calls.map(make));
  }
  // The call may still do something in this turn of the event loop, such as throw an uncaught exception; this belongs to its
  // outcome.
  setImmediate(print, 0);
}

async function outcomeOf(sdk, each) {
  let promise;
  // The original reads environment variables during the call.
  Object.assign(process.env, each.env);
  try {
    promise = call(sdk, each);
  } catch (error) {
    return { outcome: 'threw', with: describe(error) };
  } finally {
    for (const variable of Object.keys(each.env)) delete process.env[variable];
  }
  if (!(promise instanceof Promise)) return { outcome: 'returned', with: describe(promise) };
  return promise.then(
    (value) => ({ outcome: 'resolved', with: describe(value) }),
    (error) => ({ outcome: 'rejected', with: describe(error) }),
  );
}

/** Calls a function of a test file, given as source text, with a package and the other arguments of `Case.call`. */
function call(sdk, { source, host, port, given }) {
  const sdkInfo = new sdk.SDKInfo({ productName: 'product', version: '1' });
  const service = { serviceName: 'service', serviceVersion: 'v1', instanceId: 'instance' };
  const client = (options) => new sdk.BaseClient({ host, port, ...service, sdkInfo, ...options });
  const make = vm.runInThisContext(`(${source})`);
  return make({ ...sdk, sdkInfo, service, client, host, port, given, require });
}

/** Describes a value as JSON: two values have the same description if a caller cannot tell them apart. */
function describe(value, depth = 0) {
  if (value instanceof http.IncomingMessage) return describeResponse(value);
  if (value instanceof Error) return describeError(value, depth);
  if (value === null || typeof value !== 'object') {
    return { type: typeof value, value: String(value) };
  }
  const fields = Object.entries(value).map(([key, field]) => [
    key,
    field === undefined ? '(undefined)' : field,
  ]);
  return { class: value.constructor?.name, ...Object.fromEntries(fields) };
}

const ERROR_FIELDS = [
  ...['code', 'errno', 'syscall', 'address', 'port', 'hostname'],
  ...['library', 'reason', 'host', 'statusCode'],
];

function describeError(error, depth) {
  const { name, message, errors } = error;
  const described = {
    class: error.constructor?.name,
    name,
    message: withoutThread(message),
    // Node adds some properties without a value.
    keys: Object.keys(error)
      .filter((key) => error[key] != null)
      .sort(),
  };
  for (const field of ERROR_FIELDS) {
    if (error[field] !== undefined) described[field] = error[field];
  }
  if (Array.isArray(errors) && depth === 0) {
    described.errors = errors.map((each) => describe(each, depth + 1));
  }
  return described;
}

// OpenSSL's messages begin with the number of a thread:
// `write EPROTO 80BBE6D6C57F0000:error:0A00010B:SSL routines:…:wrong version number:../deps/…:354:`
const withoutThread = (message) =>
  String(message).replace(/[0-9A-F]{8,16}:error:/g, '(thread):error:');

function describeResponse(response) {
  const { statusCode, statusMessage, httpVersion, headers, trailers } = response;
  const { rawHeaders, complete, readableEnded, body } = response;
  return {
    class: response.constructor?.name,
    statusCode,
    statusMessage,
    httpVersion,
    headers: { ...headers },
    rawHeaders: rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
    trailers: { ...trailers },
    complete,
    readableEnded,
    body,
  };
}

/* ------------------------------------------------------------------------- the peers */

// A peer is a function that starts a server and returns `{ port, requests, close }`. It takes an array of the ports of the peers
// of its case, to which the ports of later peers are added once they have started.

/** Returns a TLS server that records requests and responds with what `respond` returns, as `record` describes. */
const answers = (respond, options) => (ports) =>
  record({ ...options, respond: (request, socket) => respond(request, socket, ports) });

/** Returns a TLS server that responds to each request with `text`, in latin-1. */
const answer = (text, options) => answers(() => text, options);

/** Returns a TLS server that responds to the first request on a connection with `text`, and ends the connection. */
const answerAndEnd = (text) =>
  answers((_request, socket) => {
    socket.end(text, 'latin1');
    return null;
  });

/** Returns a server of `node:net`, `node:tls`, `node:http` or `node:https`. */
const serverOf = (make) => async (ports) => {
  const requests = [];
  const sockets = new Set();
  const server = make(requests, ports);
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  };
  server.on('connection', keep).on('secureConnection', keep);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/**
 * Returns a proxy that records requests for a tunnel and leaves the rest to `onConnect`.
 *
 * @param {(socket: net.Socket, ports: number[]) => void} onConnect
 * @param {https.ServerOptions} [secure] the TLS options of an https proxy
 */
const proxy = (onConnect, secure) =>
  serverOf((requests, ports) =>
    (secure ? https.createServer(secure) : http.createServer()).on('connect', (request, socket) => {
      const headers = pairs(request.rawHeaders);
      requests.push({ method: request.method, target: request.url, headers, body: '' });
      onConnect(socket, ports);
    }),
  );

const pairs = (list) => list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]]] : []));

/** Opens a tunnel to the first peer, whatever host the client asked for; the proxy has recorded that host. */
const tunnel = (socket, ports) => {
  const upstream = net.connect(ports[0], '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
};

/** Returns the text of a response with a Content-Length. */
function response(status, body = '', headers = []) {
  const bytes = Buffer.from(body).toString('latin1');
  const fields = [...headers, `Content-Length: ${bytes.length}`];
  return [`HTTP/1.1 ${status}`, ...fields, '', bytes].join('\r\n');
}

/* -------------------------------------------------------------------- the comparison */

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {Function} [call] makes the call, in the child process, where only `given` is passed from
 *   its file. It takes the package's exports, `client(options)`, which makes a BaseClient for the
 *   first peer, `service` and `sdkInfo`, options of that client, and `host`, `port`, `given` and
 *   `require`
 * @property {object} [given]
 * @property {Function[]} [peers] the servers that run for this case
 * @property {string} [host] the host that the client connects to: 127.0.0.1 by default
 * @property {number} [port] the port that the client connects to: the first peer's by default
 * @property {(ports: number[]) => object} [env] variables that are set during the call
 * @property {(ports: number[]) => object} [environment] variables of a separate process for this case
 * @property {boolean} [alone] whether the case runs in a separate process
 * @property {boolean} [hangs] whether the call never settles with at least one of the packages, so that
 *   the wait is shorter
 * @property {boolean} [crashes] whether the original's process may end at this call, depending on the
 *   version of Node: the case runs in a separate process, and ours must reject with what the original
 *   has thrown
 * @property {(ended: object) => any} [view] returns what is compared, if the rest depends on timing
 * @property {Difference | ((original: any) => Difference | false)} [differs] the expected outcome of ours if it differs on
 *   purpose, which may depend on the original's outcome, and so on the running Node
 */

/**
 * @typedef {object} Difference
 * @property {string} reason the reason, as in docs/differences.md
 * @property {(original: object, ours: object, ports: number[]) => object} expect returns the exact
 *   expected outcome of ours from the original's outcome; the ports are those of the peers
 */

const plainCall = ({ client }) => client().request({ path: 'path' });

/**
 * Registers a test for each case, which compares our package with the original on the same servers.
 *
 * @param {string} title
 * @param {Case[]} cases
 * @param {object} [options] `env(file)` returns variables of the child, in addition to
 *   NODE_EXTRA_CA_CERTS, which names the loopback authority; `file(name, text)` makes a file for them;
 *   `execArgv` are Node's arguments; with `oneByOne`, the calls are made one after another
 */
function compare(title, cases, options) {
  suite(title, () => {
    let original;
    let ours;
    let ports;
    let close = () => {};
    before(async () => {
      const started = await start(cases);
      close = started.close;
      ports = started.cases.map((each) => each.ports);
      original = await outcomesOf(names.original, started.cases, options);
      ours = await outcomesOf(names.ours, started.cases, options);
    });
    after(() => close());
    cases.forEach((each, i) => {
      test(each.name, () => assertAlike(original[i], ours[i], each, ports[i]));
    });
  });
}

function assertAlike(original, outcome, { view, crashes, differs }, ports) {
  if (view) return assert.deepEqual(view(outcome), view(original));
  if (names.ours === names.original) return assert.deepEqual(outcome, original);
  const ours = { ...outcome, requests: askedOnce(outcome.requests) };
  const same = asOurs(original, ours);
  if (crashes && original.outcome === 'crashed') same.outcome = 'rejected';
  const difference = typeof differs === 'function' ? differs(original) : differs;
  if (!difference) return assert.deepEqual(ours, same);
  const expected = difference.expect(same, ours, ports);
  assert.notDeepEqual(expected, same, 'A difference that is none');
  assert.deepEqual(ours, expected, difference.reason);
}

/** Returns the expected outcome of ours from the original's, by the documented differences that apply to every call. */
const asOurs = (original, ours) => ({
  ...original,
  ...('with' in original && { with: asOursRejects(original.with, ours.with) }),
  requests: asOursSends(original.requests),
});

/**
 * Returns the requests of ours as if it had asked for each tunnel once. Where a proxy or TLS has refused a call, Node's client asks
 * once more, and as the original does with `Connection: close`: see the row `second-handshake`.
 */
function askedOnce(requests) {
  const isClosing = ([name, value]) => name === 'connection' && value === 'close';
  const isOfNode = ({ method, headers }) => method === 'CONNECT' && headers.some(isClosing);
  const expected = new Set(
    requests.filter((each) => each.method === 'CONNECT' && !isOfNode(each)).map(targetOf),
  );
  return requests
    .filter((request) => !(isOfNode(request) && expected.delete(request.target)))
    .map((request) =>
      isOfNode(request)
        ? { ...request, headers: request.headers.filter((each) => !isClosing(each)) }
        : request,
    );
}

const targetOf = ({ target }) => target;

/**
 * Returns the expected error of ours if the original rejects with `error`, by the documented differences: for a response that is
 * not HTTP, both packages have the code. The message depends on the version of Node's parser, and only the original has the
 * packet.
 */
function asOursRejects(error, ours) {
  if (!/^HPE_/.test(error?.code)) return error;
  const reason = ours?.reason;
  const keys = error.keys.filter((key) => key !== 'bytesParsed' && key !== 'rawPacket');
  return { ...error, keys, reason, message: `Parse Error: ${reason}` };
}

/**
 * Returns the expected requests of ours if the original sends `requests`, by the documented differences. One of them is that the
 * original opens a tunnel for each request and closes it, while ours keeps the tunnel open.
 */
function asOursSends(requests) {
  const tunnels = new Set();
  const kept = requests.filter(({ method, target }) => {
    if (method !== 'CONNECT') return true;
    const isNew = !tunnels.has(target);
    tunnels.add(target);
    return isNew;
  });
  return kept.map((request) => {
    const { method, body } = request;
    const headers = request.headers.filter(
      ([name, value]) => !(tunnels.size > 0 && name === 'connection' && value === 'close'),
    );
    if (method === 'CONNECT') return { ...request, headers };
    const has = (name) => headers.some(([each]) => each === name);
    if (!has('connection')) headers.push(['connection', 'keep-alive']);
    if (!has('accept')) headers.push(['accept', '*/*']);
    if (body !== '' && !has('content-type')) headers.push(['content-type', 'application/json']);
    return { ...request, headers: headers.sort(byName) };
  });
}

const byName = ([a], [b]) => (a < b ? -1 : Number(a > b));

/* ------------------------------------------------------------------- the differences */

/**
 * Ours rejects with an error of these properties, of the class `type` if it is not a plain Error, and with the property names
 * `keys` if it has properties that are not compared.
 *
 * @param {string} reason
 * @param {object | ((ports: number[], original: object) => object)} error
 * @param {(ports: number[], original: object) => object[]} [requests] the requests of ours, if the
 *   original sends others
 * @returns {Difference}
 */
const rejects = (reason, error, requests) => ({
  reason,
  expect: (original, _ours, ports) => {
    const made = typeof error === 'function' ? error(ports, original) : error;
    const { type = 'Error', message, keys, ...properties } = made;
    const described = {
      class: type,
      name: type,
      message,
      keys: keys ?? Object.keys(properties).sort(),
      ...properties,
    };
    return {
      ...original,
      outcome: 'rejected',
      with: described,
      requests: requests ? requests(ports, original) : original.requests,
    };
  },
});

/**
 * Ours resolves with a response of these properties.
 *
 * @param {string} reason
 * @param {object} response
 * @param {(ports: number[], original: object) => object[]} [requests] as for `rejects`
 * @returns {Difference}
 */
const resolves = (reason, { headers = {}, ...properties }, requests) => ({
  reason,
  expect: (original, _ours, ports) => ({
    ...original,
    outcome: 'resolved',
    with: {
      class: 'IncomingMessage',
      statusCode: 200,
      statusMessage: 'OK',
      httpVersion: '1.1',
      headers,
      rawHeaders: Object.entries(headers).flat(),
      trailers: {},
      complete: true,
      readableEnded: true,
      ...properties,
    },
    requests: requests ? requests(ports, original) : original.requests,
  }),
});

/**
 * The outcome of ours has other values for some properties.
 *
 * @param {string} reason
 * @param {(original: any, ports: number[]) => object} change
 * @returns {Difference}
 */
const changes = (reason, change) => ({
  reason,
  expect: (original, _ours, ports) => ({
    ...original,
    with: { ...original.with, ...change(original.with, ports) },
  }),
});

/**
 * The outcome of ours is the same, but it has sent the request twice more, because each connection ended before the response.
 * @type {Difference}
 */
const sentAgain = {
  reason: 'an idempotent request is sent again (RFC 9112, section 9.3.1)',
  expect: ({ requests, ...original }) => ({
    ...original,
    requests: requests.flatMap((each) => [each, each, each]),
  }),
};

const PATH = '/services/service/v1/instance/path';
const SDK = { language: 'node', platform: 'server', product: 'product', version: '1' };
const SDK_HEADERS = Object.fromEntries(Object.entries(SDK).map(([k, v]) => [`x-sdk-${k}`, v]));

/** Returns a request as ours sends it, with these headers in addition to the common ones; undefined leaves a header out. */
const sent = (host, headers = {}, { method = 'GET', target = PATH, body = '' } = {}) => ({
  method,
  target,
  headers: Object.entries({
    accept: '*/*',
    connection: 'keep-alive',
    host,
    ...SDK_HEADERS,
    ...headers,
  })
    .filter(([, value]) => value !== undefined)
    .sort(byName),
  body,
});

/* --------------------------------------------------------------------------- the runs */

/** Starts the peers of all cases. */
async function start(cases) {
  const running = [];
  const close = () => Promise.all(running.map((peer) => peer.close()));
  const started = [];
  try {
    for (const each of cases) {
      const ports = [];
      const peers = [];
      for (const startPeer of each.peers ?? []) {
        const peer = await startPeer(ports);
        running.push(peer);
        peers.push(peer);
        ports.push(peer.port);
      }
      const take = () => peers.flatMap(({ requests }) => requests.splice(0).map(wire));
      started.push({ ...each, ports, take });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { cases: started, close };
}

/** Returns a request as it was sent, except for the case and the order of its headers; the version is HTTP/1.1 by default. */
const wire = ({ method, target, version = '1.1', headers, body }) => ({
  method,
  target,
  ...(version !== '1.1' && { version }),
  headers: headers.map(([name, value]) => [name.toLowerCase(), value]).sort(byName),
  body: body.toString('latin1'),
});

/** Makes the calls of cases whose peers have started with a package, and returns their outcomes, in order. */
async function outcomesOf(name, cases, { env = () => ({}), execArgv, oneByOne, node } = {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'failures-'));
  const file = (named, text) => {
    const at = path.join(directory, named);
    fs.writeFileSync(at, text);
    return at;
  };
  const variables = {
    NODE_EXTRA_CA_CERTS: file('authority.pem', loopback().ca),
    // With this timeout, a datagram that the resolver loses costs one second, not five; see resolv.conf(5).
    RES_OPTIONS: 'timeout:1 attempts:3',
    ...env(file),
  };
  const program = async (batch) => {
    const calls = batch.map(({ call = plainCall, host = '127.0.0.1', ...each }) => ({
      source: String(call),
      host,
      port: each.port ?? each.ports[0],
      hangs: each.hangs,
      given: { ...each.given, ports: each.ports },
      env: each.env?.(each.ports) ?? {},
    }));
    const ended = await run(__filename, {
      args: [file('calls.json', JSON.stringify({ name, calls, oneByOne }))],
      timeout: 120_000,
      env: { ...variables, ...batch[0].environment?.(batch[0].ports) },
      execArgv,
      node,
    });
    const warnings = (ended.stderr.match(/^.*(NODE_|extra certs).*$/gm) ?? []).map((warning) =>
      warning.replace(/^\(node:\d+\) /, '').replace(directory, '(directory)'),
    );
    return ended.json.map((outcome, i) => {
      return [batch[i], { ...outcome, requests: batch[i].take(), warnings }];
    });
  };

  try {
    const isAlone = ({ alone, crashes, environment }) => alone || crashes || environment;
    const together = cases.filter((each) => !isAlone(each));
    const batches = [together, ...cases.filter(isAlone).map((each) => [each])];
    const outcomes = new Map();
    for (const batch of batches.filter(({ length }) => length > 0)) {
      for (const [each, outcome] of await program(batch)) outcomes.set(each, outcome);
    }
    return cases.map((each) => outcomes.get(each));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

module.exports = {
  answer,
  answerAndEnd,
  answers,
  asOurs,
  assertAlike,
  changes,
  compare,
  outcomesOf,
  PATH,
  proxy,
  rejects,
  resolves,
  response,
  SDK_HEADERS,
  sent,
  sentAgain,
  serverOf,
  start,
  tunnel,
};

if (require.main === module) main();
