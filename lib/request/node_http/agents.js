'use strict';

// Keeps the connections of Node's own client for as long as the native client keeps its own, and opens its proxy tunnels (RFC 9110,
// section 9.3.6).

const MAX_AGENTS = 64;
// The time for which an idle connection may serve another request, in milliseconds: see `IDLE_TIMEOUT` in src/request/clients.rs.
const IDLE_TIMEOUT = 4000;

/** @type {ReturnType<typeof agentClasses> | undefined} */
let classes;

/** The agents by proxy and credentials. @type {Map<string, any>} */
const agents = new Map();
/**
 * The requests for tunnels, by the request that is to be sent through the tunnel.
 * @type {WeakMap<object, import('http').ClientRequest>}
 */
const tunnels = new WeakMap();

// When a socket became idle.
const SINCE = Symbol('since');

/**
 * Returns the agent for a request. As with the original, it is never `https.globalAgent`.
 * @param {{ proxy?: string | null, proxyAuthorization?: string | null }} request
 */
exports.agentFor = ({ proxy, proxyAuthorization }) => {
  const key = `${proxy || ''} ${proxyAuthorization || ''}`;
  let agent = agents.get(key);
  if (agent === undefined) {
    agent = newAgent(proxy, proxyAuthorization);
    if (agents.size >= MAX_AGENTS) {
      const [[oldest, dropped]] = agents;
      agents.delete(oldest);
      dropped.retire();
    }
  }
  // The agent that was used last is the last of the map.
  agents.delete(key);
  agents.set(key, agent);
  return agent;
};

/**
 * Closes the connection on which a tunnel is being opened for a request that has been destroyed. Node would wait for the tunnel.
 * @param {import('http').ClientRequest} request
 */
exports.leaveTunnel = (request) => {
  tunnels.get(request)?.destroy();
};

/**
 * Returns an agent that has no connection yet.
 * @param {string | null} [proxy]
 * @param {string | null} [authorization]
 */
function newAgent(proxy, authorization) {
  classes = classes || agentClasses();
  const { KeptAgent, TunnelAgent } = classes;
  return proxy ? new TunnelAgent(proxy, authorization || '') : new KeptAgent();
}

exports.newAgent = newAgent;

/** Returns the time in milliseconds, or NaN if a program's own `Date.now` throws: sockets are then closed by their timers alone. */
function now() {
  try {
    return Date.now();
  } catch {
    return Number.NaN;
  }
}

/** Makes the classes of agents with the first of them, since Node's `https` takes longer to load than this package. */
function agentClasses() {
  const http = require('http');
  const https = require('https');
  const net = require('net');
  const { URL } = require('url');

  /** An agent that closes its idle connections as early as the native client does. */
  class KeptAgent extends https.Agent {
    isRetired = false;

    constructor() {
      super({ keepAlive: true });
    }

    /** Closes the connections that no request uses, now and from now on. */
    retire() {
      this.isRetired = true;
      for (const socket of Object.values(this.freeSockets).flat()) {
        socket?.destroy();
      }
    }

    /** @param {any} socket */
    keepSocketAlive(socket) {
      if (this.isRetired) {
        return false;
      }
      // Node shortens the time if the server asks for less by its `Keep-Alive` header, and sets a time of its own otherwise.
      const isKept = /** @type {unknown} */ (super.keepSocketAlive(socket)) !== false;
      if (isKept && !(socket.timeout > 0 && socket.timeout < IDLE_TIMEOUT)) {
        socket.setTimeout(IDLE_TIMEOUT);
      }
      socket[SINCE] = now();
      return isKept;
    }

    /** @param {any} socket @param {any} request */
    reuseSocket(socket, request) {
      socket.setTimeout(0);
      super.reuseSocket(socket, request);
    }

    /** @param {any[]} request */
    addRequest(...request) {
      // The timers of a process that was stopped, or of a machine that was suspended, have not run yet.
      const time = now();
      for (const sockets of Object.values(this.freeSockets)) {
        for (const socket of sockets || []) {
          const idle = time - /** @type {any} */ (socket)[SINCE];
          if (idle < 0 || idle > IDLE_TIMEOUT) {
            socket.destroy();
          }
        }
      }
      /** @type {any} */
      const { addRequest } = https.Agent.prototype;
      addRequest.apply(this, request);
    }
  }

  class TunnelAgent extends KeptAgent {
    /** @param {string} proxy @param {string} authorization */
    constructor(proxy, authorization) {
      super();
      this.proxy = new URL(proxy);
      this.authorization = authorization;
      /** The request for the tunnel that was begun last. @type {import('http').ClientRequest | undefined} */
      this.begun = undefined;
    }

    /** @param {any} request @param {any[]} others */
    createSocket(request, ...others) {
      /** @type {any} */
      const { createSocket } = https.Agent.prototype;
      // This calls `createConnection`, which is not told for which request it is.
      createSocket.call(this, request, ...others);
      if (this.begun !== undefined) {
        tunnels.set(request, this.begun);
        this.begun = undefined;
      }
    }

    /** @param {any} options @param {any} done */
    createConnection(options, done) {
      const host = net.isIPv6(options.host) ? `[${options.host}]` : options.host;
      const authority = `${host}:${options.port}`;
      /** @type {any} */
      const headers = { host: authority };
      if (this.authorization) {
        headers['proxy-authorization'] = this.authorization;
      }
      const { protocol, port } = this.proxy;
      const hostname = this.proxy.hostname.replace(/^\[|\]$/g, '');
      const client = protocol === 'https:' ? https : http;
      const request = client.request({
        method: 'CONNECT',
        hostname,
        // Without it, Node would hold the proxy's certificate to the name in the `Host` header, which is the service's.
        servername: net.isIP(hostname) ? '' : hostname,
        port: port || (protocol === 'https:' ? 443 : 80),
        path: authority,
        headers,
        agent: false,
      });
      request.once('connect', (response, socket) => {
        if (response.statusCode !== 200) {
          socket.destroy();
          done(noTunnel(`statusCode=${response.statusCode}`));
          return;
        }
        /** @type {any} */
        let secured;
        try {
          secured = super.createConnection({ ...options, socket });
        } catch (error) {
          // The settings of TLS may contradict each other.
          socket.destroy();
          done(error);
          return;
        }
        if (secured.destroyed) {
          // Its handshake has failed before it began, and its error comes before the request would listen to it.
          secured.once('error', done);
        } else {
          done(null, secured);
        }
      });
      request.once('response', (response) => {
        response.destroy();
        done(noTunnel(`statusCode=${response.statusCode}`));
      });
      request.once('error', (error) => done(noTunnel(`cause=${error.message}`)));
      request.end();
      this.begun = request;
      return /** @type {any} */ (undefined);
    }
  }

  return { KeptAgent, TunnelAgent };
}

/**
 * Returns the error for a proxy tunnel that could not be opened, in the original's words.
 * @param {string} why
 */
function noTunnel(why) {
  const error = new Error(`tunneling socket could not be established, ${why}`);
  return Object.assign(error, { code: 'ECONNRESET' });
}
