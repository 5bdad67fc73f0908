'use strict';

// Makes calls over connections that something between client and server forgets while they are idle, as NAT gateways and load
// balancers do, and prints how each call ended. The seconds pass by moving the clocks of this process.
//
// The argument is `{ client, isProxied, cases }`.

const { once } = require('node:events');
const https = require('node:https');
const net = require('node:net');

const { loopback } = require('../../../testing/certificates');
const { advance } = require('../../support/clock');
const { record } = require('../../support/recorder');
const { startProxy } = require('../../support/tunnel');

// Only a call that never ends takes this long, and more is not known of it.
const PATIENCE = 10_000;
const PATIENCE_WHERE_IT_HANGS = 500;

/**
 * Starts a relay between a client and a port. `forget` makes it forget its connections: it then resets such a connection when the
 * next bytes come, or drops them in silence.
 * @param {number} port
 */
async function startRelay(port) {
  const pairs = [];
  const server = net.createServer((socket) => {
    const upstream = net.connect(port, '127.0.0.1');
    for (const each of [socket, upstream]) each.on('error', () => {});
    socket.pipe(upstream).pipe(socket);
    pairs.push([socket, upstream]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    /** Returns how many connections there have been. */
    count: () => pairs.length,
    /** @param {'reset' | 'silence'} how */
    forget(how) {
      for (const [socket, upstream] of pairs) {
        socket.unpipe(upstream);
        upstream.unpipe(socket);
        upstream.destroy();
        if (how === 'reset') socket.on('data', () => socket.resetAndDestroy());
        socket.resume();
      }
    },
    close() {
      for (const socket of pairs.flat()) socket.destroy();
      server.close();
    },
  };
}

const { ca, ...certificate } = loopback();

const clients = {
  ours(port) {
    const { BaseClient, SDKInfo } = require('../../..');
    const client = new BaseClient({
      host: '127.0.0.1',
      port,
      instanceId: 'id',
      serviceName: 's',
      serviceVersion: 'v1',
      sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
      ca,
    });
    return async (method, path) => (await client.request({ method, path })).statusCode;
  },
  /** Node's client with an agent that keeps connections for as long as it can. */
  'an agent that keeps connections'(port) {
    const agent = new https.Agent({ keepAlive: true });
    return async (method, path) => {
      const request = https.request({
        host: '127.0.0.1',
        port,
        path: `/${path}`,
        method,
        agent,
        ca,
      });
      request.end();
      const [response] = await once(request, 'response');
      await once(response.resume(), 'end');
      return response.statusCode;
    };
  },
};

const outcomeOf = (promise, patience) => {
  let timer;
  const hung = new Promise((resolve) => {
    timer = setTimeout(() => resolve('hung'), patience);
  });
  const ended = promise.catch(({ code }) => code);
  return Promise.race([ended, hung]).finally(() => clearTimeout(timer));
};

async function main({ client, isProxied, cases }) {
  const service = await record({ certificate, respond: () => ({}) });
  const proxy = isProxied && (await startProxy());
  const ended = [];
  for (const { method, how, seconds, pause, hangs } of cases) {
    const relay = await startRelay(isProxied ? proxy.port : service.port);
    if (isProxied) process.env.HTTPS_PROXY = `http://127.0.0.1:${relay.port}`;
    const call = clients[client](isProxied ? service.port : relay.port);
    const first = await outcomeOf(call(method, 'first'), PATIENCE);
    advance(seconds, { isSuspended: pause === 'suspended' });
    if (how) relay.forget(how);
    // A process that was not stopped has had time to see that its timers have run out.
    if (!pause) await new Promise((resolve) => setTimeout(resolve, 1));
    const second = await outcomeOf(
      call(method, 'second'),
      hangs ? PATIENCE_WHERE_IT_HANGS : PATIENCE,
    );
    const served = service.requests.splice(0).map(({ target }) => target.split('/').pop());
    ended.push({ outcomes: [first, second], served, connections: relay.count() });
    relay.close();
  }
  process.stdout.write(`\n${JSON.stringify(ended)}\n`, () => process.exit());
}

main(JSON.parse(process.argv[2]));
