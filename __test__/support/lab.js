'use strict';

// Makes the requests of a suite with each package, in a separate process in which every server is on loopback: the service, and a
// proxy that connects only to the service, and refuses and records every other destination.
//
// When required, this module exports `compare`. When run as a program, it makes the requests of one package.

const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { isDeepStrictEqual } = require('node:util');

const { asyncOutcome } = require('./outcome');
const { loopback } = require('../../testing/certificates');
const { run } = require('./child');
const { names } = require('./packages');
const { record } = require('./recorder');
const { settle } = require('./suites');

// The headers that are derived from a URL, and those that must not be sent to another host.
const TOLD = ['authorization', 'host', 'referer'];

// All servers are on this machine: a call that takes longer than this hangs.
const PATIENCE = 10_000;

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {object} options the options of the request
 * @property {object} [instance] the options of the instance, in addition to the address of the service
 * @property {Record<string, string>} [env] variables that are set during the call
 * @property {import('./recorder').Answer} [answer] the response of the service; by default, a response that repeats the target
 *
 * @typedef {object} Trace the observed result of a case
 * @property {Array<{ target: string, authorization?: string }>} refused the other destinations that the proxy was asked for
 * @property {Array<{ method: string, target: string, headers: Record<string, string> }>} requests
 * @property {any} outcome
 */

/**
 * Makes the requests of a module with both packages and reports whether they do the same.
 * @param {import('./suites').Report} report
 * @param {string} file a module whose `cases({ port, proxy })` returns cases; `proxy` is the authority of the proxy
 * @param {object} [how]
 * @param {(original: Trace, ours: Trace, name: string) => string | undefined} [how.explain] returns the row that explains a
 *   difference
 * @param {(trace: Trace) => any} [how.comparable] returns the part of a trace that is compared
 */
async function compare(report, file, { explain = () => undefined, comparable = same } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lab-'));
  try {
    const certificate = loopback();
    const given = path.join(folder, 'given.json');
    fs.writeFileSync(given, JSON.stringify(certificate));
    // The resolver is asked only once, in case it does not answer (resolv.conf(5)).
    const env = {
      NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem'),
      RES_OPTIONS: 'timeout:1 attempts:1',
    };
    fs.writeFileSync(env.NODE_EXTRA_CA_CERTS, certificate.ca);
    const [original, ours] = await Promise.all(
      [names.original, names.ours].map(async (name, seat) => {
        const result = path.join(folder, `${seat}.json`);
        const child = await run(__filename, {
          env,
          args: [name, file, given, result],
          timeout: 300_000,
        });
        if (!fs.existsSync(result)) throw new Error(`${name} ended its process:\n${child.stderr}`);
        return JSON.parse(fs.readFileSync(result, 'utf8'));
      }),
    );
    for (const [index, { name, trace }] of original.entries()) {
      const own = askedOnce(ours[index].trace);
      const both = { original: comparable(trace), ours: comparable(own) };
      const row = isDeepStrictEqual(both.original, both.ours)
        ? undefined
        : explain(trace, own, name);
      settle(report, name, both, row);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const same = (trace) => trace;

/**
 * Returns the trace of ours as if it had asked for everything once. Node's client asks once more where the proxy has refused a tunnel,
 * and begins a call again whose redirect the native client does not follow: see the row `second-handshake`.
 */
function askedOnce({ refused, requests, ...trace }) {
  return { ...trace, refused: withoutSecond(refused), requests: withoutSecond(requests) };
}

/** Returns a list without its second element if it repeats the first. */
function withoutSecond([first, second, ...rest]) {
  const isRepeated = second !== undefined && isDeepStrictEqual(first, second);
  return [first, ...(isRepeated ? [] : [second]), ...rest].filter(Boolean);
}

async function main([name, file, given, result]) {
  const sdk = require(name);
  let current;
  // Without this listener, an exception of the package would end the process; with it, the current case is recorded as a crash.
  process.on('uncaughtException', (error) => {
    if (current) return current.crash(error);
    console.error(error);
    process.exit(1);
  });
  const certificate = JSON.parse(fs.readFileSync(given, 'utf8'));
  const service = await record({
    certificate,
    respond(request) {
      const { method, target, headers } = request;
      const told = Object.fromEntries(
        headers
          .map(([header, value]) => [header.toLowerCase(), value])
          .filter(([header]) => TOLD.includes(header))
          .sort(),
      );
      current.trace.requests.push({ method, target, headers: told });
      // A request that follows a redirect has a `Referer`.
      const isFirst = !headers.some(([header]) => header.toLowerCase() === 'referer');
      return isFirst && current.answer ? current.answer : { body: target };
    },
  });
  const proxy = await startProxy(service.port, (asked) => current.trace.refused.push(asked));
  const { cases } = require(file);
  const done = [];
  for (const each of await cases({ port: service.port, proxy: `127.0.0.1:${proxy.port}` })) {
    const trace = { refused: [], requests: [], outcome: 'hung' };
    const { promise, resolve } = withResolvers();
    const timer = setTimeout(resolve, PATIENCE);
    const crash = (error) => {
      trace.outcome = { crashed: String(error) };
      resolve();
    };
    current = { trace, crash, answer: each.answer };
    Object.assign(process.env, each.env);
    // The call may still do something in this turn of the event loop, such as throw an uncaught exception; this belongs to its
    // outcome.
    call(sdk, service.port, each).then((outcome) =>
      setImmediate(() => {
        trace.outcome = outcome;
        resolve();
      }),
    );
    await promise;
    clearTimeout(timer);
    for (const variable of Object.keys(each.env ?? {})) delete process.env[variable];
    done.push({ name: each.name, trace });
  }
  // The servers of the two packages listen on different ports.
  const comparable = [service.port, proxy.port].reduce(
    (text, port, index) => text.replaceAll(`:${port}`, index === 0 ? ':SERVICE' : ':PROXY'),
    JSON.stringify(done),
  );
  fs.writeFileSync(result, comparable);
  process.exit();
}

function withResolvers() {
  let resolve;
  const promise = new Promise((take) => {
    resolve = take;
  });
  return { promise, resolve };
}

function call(sdk, port, { instance, options }) {
  return asyncOutcome(
    () =>
      new sdk.Instance({
        locator: 'v1:us1:an-instance',
        key: 'key-id:secret',
        serviceName: 'service',
        serviceVersion: 'v1',
        host: '127.0.0.1',
        port,
        sdkInfo: new sdk.SDKInfo({ productName: 'product', version: '1.0.0' }),
        ...instance,
      }).request({ method: 'GET', path: 'path', ...options }),
    ({ statusCode, body }) => ({ statusCode, body }),
  ).then(told);
}

/** Returns the properties of an error that its users read. */
function told({ threw, rejected, resolved }) {
  if (resolved) return { resolved };
  const error = threw || rejected;
  const own = Object.fromEntries(error.own.map(({ key, value }) => [key, value]));
  return {
    [threw ? 'threw' : 'rejected']: {
      class: error.class,
      message: own.message,
      code: own.code,
      error: own.error,
    },
  };
}

async function startProxy(servicePort, refuse) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    let head = '';
    socket.on('data', function read(bytes) {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.removeListener('data', read);
      const [, method, target] = /^(\S*) (\S*)/.exec(head);
      const isService =
        target === `127.0.0.1:${servicePort}` || target === `localhost:${servicePort}`;
      if (method !== 'CONNECT' || !isService) {
        const authorization = /^proxy-authorization: Basic (.*)\r$/im.exec(head)?.[1];
        refuse({
          target: method === 'CONNECT' ? target : `${method} ${target}`,
          ...(authorization && {
            authorization: Buffer.from(authorization, 'base64').toString('latin1'),
          }),
        });
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      const upstream = net.connect(servicePort, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address();
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { compare };
