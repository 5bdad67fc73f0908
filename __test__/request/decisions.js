'use strict';

// What a program may decide about the connections of its process. Each decision is a function that takes it, and returns a
// function that takes it back, if that can be done. `seen` receives what the decision has seen of a call.

const { EventEmitter } = require('node:events');
const dns = require('node:dns');
const http = require('node:http');
const https = require('node:https');
const Module = require('node:module');
const net = require('node:net');
const tls = require('node:tls');

/**
 * @typedef {object} Place
 * @property {any[]} seen
 * @property {number} port the port of the service, which is on 127.0.0.1
 * @property {number} proxyPort
 * @property {string} ca the root certificate of the service, in PEM
 */

/** @type {Record<string, (place: Place) => (() => void) | void>} */
const decisions = {
  'global-agent': () => require('global-agent/bootstrap') && undefined,

  createGlobalProxyAgent() {
    const { HTTPS_PROXY } = require('global-agent').createGlobalProxyAgent();
    if (!HTTPS_PROXY) throw new Error('There is no proxy');
  },

  'global-tunnel-ng'({ proxyPort }) {
    const tunnel = require('global-tunnel-ng');
    tunnel.initialize({ host: '127.0.0.1', port: proxyPort });
    return () => tunnel.end();
  },

  'cacheable-lookup'({ seen }) {
    const cacheable = cacheableLookup(seen);
    return replace(dns, 'lookup', () => cacheable.lookup);
  },
  'cacheable-lookup in https.globalAgent'({ seen }) {
    const cacheable = cacheableLookup(seen);
    cacheable.install(https.globalAgent);
    return () => cacheable.uninstall(https.globalAgent);
  },

  'dns.lookup': ({ seen }) =>
    replace(dns, 'lookup', () => (name, options, done) => {
      seen.push(name);
      const address = '127.0.0.1';
      process.nextTick(() =>
        options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4),
      );
    }),

  'https.request that records': recording(https, 'request', askedFor),
  'https.request that refuses': ({ seen }) =>
    replace(https, 'request', () => (options) => {
      seen.push(askedFor(options));
      throw Object.assign(new Error('Not allowed'), { code: 'ERR_NOT_ALLOWED' });
    }),
  'https.request that caches': ({ seen }) =>
    replace(https, 'request', () => (options) => {
      seen.push(askedFor(options));
      return cached();
    }),
  'https.request that is bound': () => replace(https, 'request', (request) => request.bind(https)),
  'https.request that is a Proxy': ({ seen }) =>
    replace(
      https,
      'request',
      (request) =>
        new Proxy(request, {
          apply(target, self, args) {
            seen.push(askedFor(...args));
            return Reflect.apply(target, self, args);
          },
        }),
    ),
  'https.request that is a getter'({ seen }) {
    const { request } = https;
    const get = () => {
      seen.push('read');
      return (...args) => request(...args);
    };
    Object.defineProperty(https, 'request', { get, configurable: true });
    return () => Object.defineProperty(https, 'request', { value: request, writable: true });
  },
  'https from Module._load'({ seen }) {
    const { _load } = Module;
    const request = (...args) => {
      seen.push(askedFor(...args));
      return https.request(...args);
    };
    Module._load = (name, ...rest) =>
      name === 'https' ? { ...https, request } : _load(name, ...rest);
  },

  'http.ClientRequest': () =>
    replace(http, 'ClientRequest', (ClientRequest) => class extends ClientRequest {}),
  'http.request': recording(http, 'request', askedFor),
  'net.connect': recording(net, 'connect', ({ port }) => port),
  'net.Socket.prototype.connect': recording(net.Socket.prototype, 'connect', (...args) => {
    const [{ host, port }] = args.flat();
    return `${host}:${port}`;
  }),
  'tls.connect': recording(tls, 'connect', ({ host, port }) => `${host}:${port}`),
  'tls.createSecureContext': ({ seen, ca }) =>
    replace(tls, 'createSecureContext', (create) => (options) => {
      seen.push('created');
      const context = create(options);
      context.context.addCACert(ca);
      return context;
    }),
  'tls.checkServerIdentity': ({ seen }) =>
    replace(tls, 'checkServerIdentity', () => (host) => {
      seen.push(host);
      return Object.assign(new Error('Another pin'), { code: 'ERR_PIN' });
    }),

  'https.globalAgent': ({ seen }) =>
    replace(https, 'globalAgent', () => new (recordingAgent(seen))()),
  'https.globalAgent with ca': ({ ca }) =>
    replace(https, 'globalAgent', () => new https.Agent({ ca })),
  'https.Agent'({ seen }) {
    // The original keeps the agent that it makes for its first call, so that this is not taken back.
    replace(https, 'Agent', () => recordingAgent(seen));
  },
  'https.Agent.prototype.createConnection': recording(
    https.Agent.prototype,
    'createConnection',
    ({ host, port }) => `${host}:${port}`,
  ),
  'https.Agent.prototype.addRequest': recording(https.Agent.prototype, 'addRequest', (request) =>
    askedFor(request),
  ),

  'nock-13': mockedBy('nock-13'),
  'nock-14': mockedBy('nock-14'),
  msw({ port }) {
    const { http: routes, HttpResponse } = require('msw');
    const all = routes.all(`https://127.0.0.1:${port}/*`, () => HttpResponse.text('mocked'));
    const server = require('msw/node').setupServer(all);
    server.listen();
    return () => server.close();
  },

  'tls.DEFAULT_CIPHERS': () =>
    replace(tls, 'DEFAULT_CIPHERS', () => 'TLS_CHACHA20_POLY1305_SHA256:ECDHE+CHACHA20'),
  'tls.DEFAULT_ECDH_CURVE': () => replace(tls, 'DEFAULT_ECDH_CURVE', () => 'P-521'),
  fips() {
    require('node:crypto').setFips(true);
  },
  'dns.setDefaultResultOrder'() {
    const order = dns.getDefaultResultOrder();
    dns.setDefaultResultOrder('ipv4first');
    return () => dns.setDefaultResultOrder(order);
  },
  'http.Agent.defaultMaxSockets': () => replace(http.Agent, 'defaultMaxSockets', () => 1),
  nothing() {},
};

/** Replaces a property by what `make` makes of its value, and returns a function that restores it. */
function replace(object, name, make) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  const value = make(object[name]);
  object[name] = value;
  if (object[name] !== value) throw new Error(`${name} was not replaced`);
  return () => {
    if (descriptor === undefined) {
      delete object[name];
    } else {
      Object.defineProperty(object, name, descriptor);
    }
  };
}

function recordingAgent(seen) {
  return class Agent extends https.Agent {
    createConnection(options, done) {
      seen.push(`${options.host}:${options.port}`);
      return super.createConnection(options, done);
    }
  };
}

/** Returns a cacheable-lookup that knows the address of every name. */
function cacheableLookup(seen) {
  const CacheableLookup = require('cacheable-lookup');
  const resolver = {
    resolve4(name, _options, done) {
      seen.push(name);
      done(null, [{ address: '127.0.0.1', ttl: 0 }]);
    },
    resolve6: (_name, _options, done) => done(null, []),
  };
  return new CacheableLookup({ resolver });
}

/** Returns a decision that replaces a function by one that records its calls, as `describe` describes their arguments. */
function recording(object, name, describe) {
  return ({ seen }) =>
    replace(
      object,
      name,
      (original) =>
        function (...args) {
          seen.push(describe(...args));
          return original.apply(this, args);
        },
    );
}

function mockedBy(name) {
  return ({ port }) => {
    const nock = require(name);
    if (!nock.isActive()) nock.activate();
    const service = nock(`https://127.0.0.1:${port}`).persist();
    service.get(/./).reply(200, 'mocked').post(/./).reply(200, 'mocked');
    return () => {
      nock.cleanAll();
      nock.restore();
    };
  };
}

function askedFor({ method, path }) {
  return `${method} ${path}`;
}

/** Returns a request to which a cache answers. */
function cached() {
  const request = Object.assign(new EventEmitter(), {
    setHeader() {},
    setTimeout() {},
    write: () => true,
    abort() {},
    destroy() {},
    end() {
      const response = new http.IncomingMessage(new net.Socket());
      Object.assign(response, { statusCode: 200, complete: true });
      response.push('cached');
      response.push(null);
      process.nextTick(() => request.emit('response', response));
    },
  });
  return request;
}

module.exports = { decisions };
