'use strict';

// Makes the requests of a suite with each package, in a process of its own where everything is on loopback: the service, and a proxy that
// connects to the service, and refuses and notes whatever else it is asked for.
//
// Required, it gives `compare`. Run as a program, it makes the requests of one package.

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

// The headers that are made of a URL, and what may not leave for another host.
const TOLD = ['authorization', 'host', 'referer'];

// Everything is on this machine: a call that takes longer than this hangs.
const PATIENCE = 10_000;

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {object} options those of the request
 * @property {object} [instance] options of its instance beside where the service is
 * @property {Record<string, string>} [env] set for the call
 * @property {import('./recorder').Answer} [answer] what the service says; nothing else than the target, unless given
 *
 * @typedef {object} Trace what became of a case
 * @property {Array<{ target: string, authorization?: string }>} refused whom else the proxy was asked for
 * @property {Array<{ method: string, target: string, headers: Record<string, string> }>} requests
 * @property {any} outcome
 */

/**
 * @param {import('./suites').Report} report
 * @param {string} file a module whose `cases({ port, proxy })` gives cases, `proxy` being the proxy's authority
 * @param {object} [how]
 * @param {(original: Trace, ours: Trace, name: string) => string | undefined} [how.explain] the row for two that differ
 * @param {(trace: Trace) => any} [how.comparable] what counts of a trace
 */
async function compare(report, file, { explain = () => undefined, comparable = same } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lab-'));
  try {
    const certificate = loopback();
    const given = path.join(folder, 'given.json');
    fs.writeFileSync(given, JSON.stringify(certificate));
    // A resolver that does not answer is asked once (resolv.conf(5)).
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
      const both = { original: comparable(trace), ours: comparable(ours[index].trace) };
      const row = isDeepStrictEqual(both.original, both.ours)
        ? undefined
        : explain(trace, ours[index].trace, name);
      settle(report, name, both, row);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const same = (trace) => trace;

async function main([name, file, given, result]) {
  const sdk = require(name);
  let current;
  // It would end here, of the case that it was at.
  process.on('uncaughtException', (error) => current.crash(error));
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
      return current.trace.requests.length === 1 && current.answer
        ? current.answer
        : { body: target };
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
    // Whatever a call still does in this turn, such as to crash, belongs to how it ended.
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
  // The two packages have ports of their own.
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

/** Of an error what its users look at. */
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
      if (method !== 'CONNECT' || target !== `127.0.0.1:${servicePort}`) {
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
