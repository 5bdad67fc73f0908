'use strict';

// Opens proxy tunnels for Node's own client (RFC 9110, section 9.3.6), as the native transport does for its connections.

const http = require('http');
const https = require('https');
const { URL } = require('url');

const MAX_AGENTS = 64;

/** The agents by proxy and credentials. @type {Map<string, https.Agent>} */
const agents = new Map();

/**
 * Returns the agent for a proxy and its credentials.
 * @param {string} proxy
 * @param {string | undefined} authorization
 */
exports.tunnelAgent = (proxy, authorization = '') => {
  const key = `${proxy} ${authorization}`;
  let agent = agents.get(key);
  if (agent === undefined) {
    if (agents.size >= MAX_AGENTS) {
      agents.clear();
    }
    agent = new TunnelAgent(new URL(proxy), authorization);
    agents.set(key, agent);
  }
  return agent;
};

class TunnelAgent extends https.Agent {
  /** @param {URL} proxy @param {string} authorization */
  constructor(proxy, authorization) {
    super({ keepAlive: true });
    this.proxy = proxy;
    this.authorization = authorization;
  }

  /** @param {any} options @param {any} done */
  createConnection(options, done) {
    const authority = `${options.host}:${options.port}`;
    /** @type {any} */
    const headers = { host: authority };
    if (this.authorization) {
      headers['proxy-authorization'] = this.authorization;
    }
    const { protocol, hostname, port } = this.proxy;
    const client = protocol === 'https:' ? https : http;
    const request = client.request({
      method: 'CONNECT',
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port || (protocol === 'https:' ? 443 : 80),
      path: authority,
      headers,
      agent: false,
    });
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) {
        done(null, super.createConnection({ ...options, socket }));
      } else {
        socket.destroy();
        done(noTunnel(`statusCode=${response.statusCode}`));
      }
    });
    request.once('response', (response) => {
      response.destroy();
      done(noTunnel(`statusCode=${response.statusCode}`));
    });
    request.once('error', (error) => done(noTunnel(`cause=${error.message}`)));
    request.end();
    return /** @type {any} */ (undefined);
  }
}

/**
 * Returns the error for a proxy tunnel that could not be opened, in the original's words.
 * @param {string} why
 */
function noTunnel(why) {
  const error = new Error(`tunneling socket could not be established, ${why}`);
  return Object.assign(error, { code: 'ECONNRESET' });
}
