'use strict';

// A Pusher platform in one process: HTTPS on loopback, one instance, one key, feeds in memory.
//
// The hosted platform's services were retired. This one asks of a request what they asked, and
// answers in their formats, so that programs can be run and tested without them.

const crypto = require('node:crypto');
const { once } = require('node:events');
const https = require('node:https');

const { loopback } = require('../../testing/certificates');

/**
 * @typedef {object} PlatformRequest
 * @property {string} method
 * @property {string} path with the query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} body
 * @property {Record<string, any>} [claims] those of the access token, where it was accepted
 */

/**
 * Starts a platform. Any service name and version is served; `feeds/ID` is the one resource.
 *
 * @param {object} options
 * @param {string} options.locator the instance's, `version:cluster:instance-id`
 * @param {string} options.key the instance's, `key-id:secret`
 * @returns {Promise<{ host: string, port: number, ca: string, requests: PlatformRequest[],
 *   close(): Promise<void> }>} `ca` is the certificate, in PEM, that a client has to trust
 */
async function createPlatform({ locator, key }) {
  const instance = parse(locator, key);
  const certificate = loopback();
  const host = '127.0.0.1';
  const requests = [];
  const feeds = new Map();
  const sockets = new Set();

  const server = https.createServer({ cert: certificate.chain, key: certificate.key });
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
  }
  server.on('request', async (request, response) => {
    const { method, url: path, headers } = request;
    const record = { method, path, headers, body: '' };
    try {
      record.body = await text(request);
      requests.push(record);
      send(response, 200, answer(record, instance, feeds));
    } catch (error) {
      if (!(error instanceof PlatformError)) {
        // The client went away while it was sending; or a fault of ours, which must be seen.
        response.destroy();
        if (request.complete) throw error;
        return;
      }
      send(response, error.status, error.body);
    }
  });

  server.listen(0, host);
  await once(server, 'listening');

  return {
    host,
    port: server.address().port,
    ca: certificate.ca,
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function parse(locator, key) {
  const parts = locator.split(':');
  if (parts.length !== 3) throw new Error('Expected `locator` as `version:cluster:instance-id`');
  const keyParts = /^([^:]+):(.+)$/.exec(key);
  if (!keyParts) throw new Error('Expected `key` as `key-id:secret`');
  return { id: parts[2], keyId: keyParts[1], keySecret: keyParts[2] };
}

/** What the platform says no with: a status, and a body of three fields. */
class PlatformError extends Error {
  constructor(status, error, description) {
    super(description);
    this.status = status;
    this.body = {
      error,
      error_description: description,
      error_uri: `https://docs.pusher.com/errors/${error}`,
    };
  }
}

/** The body of the answer to an accepted request; throws a PlatformError for any other. */
function answer(request, instance, feeds) {
  const [pathname] = request.path.split('?');
  const match = /^\/services\/([^/]+)\/[^/]+\/([^/]+)\/(.+)$/.exec(pathname);
  if (!match) {
    throw new PlatformError(
      404,
      'not_found/path_not_found',
      `Expected /services/NAME/VERSION/INSTANCE_ID/PATH, but got ${pathname}`,
    );
  }
  const [, service, instanceId, resource] = match;
  request.claims = authenticate(request.headers.authorization, instance);
  if (request.claims.instance !== instanceId || instanceId !== instance.id) {
    throw new PlatformError(
      403,
      'authorization/instance_mismatch',
      "Instance ID in the path and the access token don't match",
    );
  }

  const feed = /^feeds\/([^/]+)$/.exec(resource);
  if (feed && request.method === 'GET') return { items: feeds.get(feed[1]) || [] };
  if (feed && request.method === 'POST') {
    return append(feeds, feed[1], itemsOf(request.body, service));
  }
  throw new PlatformError(
    404,
    `services/${service}/not_found/resource_not_found`,
    `There is no ${request.method} ${resource}`,
  );
}

/** The claims of the access token in an Authorization header (RFC 6750, 2.1; RFC 7519, 7.2). */
function authenticate(authorization, { keyId, keySecret }) {
  const invalid = (description) =>
    new PlatformError(401, 'authentication/jwt/invalid', description);
  if (!authorization) {
    throw new PlatformError(
      401,
      'authentication/jwt/missing',
      'Expected an Authorization header with a Bearer token',
    );
  }
  const token = /^Bearer +([\w-]+)\.([\w-]+)\.([\w-]*)$/i.exec(authorization);
  if (!token) throw invalid('Could not parse the token');
  const [, encodedHeader, encodedClaims, signature] = token;
  const header = decode(encodedHeader);
  const claims = decode(encodedClaims);
  if (!header || !claims) throw invalid('Could not parse the token');

  if (header.alg !== 'HS256') throw invalid('The token is not signed with HS256');
  const expected = crypto
    .createHmac('sha256', keySecret)
    .update(`${encodedHeader}.${encodedClaims}`)
    .digest('base64url');
  if (!equal(signature, expected)) throw invalid('The signature of the token is wrong');
  if (claims.iss !== `api_keys/${keyId}`) throw invalid('The issuer of the token is unknown');
  // A refresh token has no expiry, and opens nothing.
  if (typeof claims.exp !== 'number') throw invalid('The token has no expiry');
  if (claims.exp <= Date.now() / 1000) {
    throw new PlatformError(401, 'authentication/expired', 'The token has expired');
  }
  return claims;
}

/** The JSON value that a part of a token encodes, or null. */
function decode(part) {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return null;
  }
}

/** Compares in a time that does not tell how much of a forged signature is right. */
function equal(signature, expected) {
  const [left, right] = [Buffer.from(signature), Buffer.from(expected)];
  return left.length === right.length && crypto.timingSafeEqual(left, right);
}

function itemsOf(body, service) {
  const error = (description) =>
    new PlatformError(
      422,
      `services/${service}/unprocessable_entity/validation_failed`,
      description,
    );
  let parsed;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw error('The body is not JSON');
  }
  if (!Array.isArray(parsed?.items)) throw error('Expected `items` to be an array');
  return parsed.items;
}

/** Puts items in front, so that a feed reads newest first. */
function append(feeds, id, items) {
  const feed = feeds.get(id) || [];
  const created = new Date().toISOString();
  const added = items.map((data, index) => ({
    id: String(feed.length + index + 1),
    data,
    created,
  }));
  feeds.set(id, [...[...added].reverse(), ...feed]);
  return { item_ids: added.map((item) => item.id) };
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function send(response, status, body) {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    // RFC 9110, 15.5.2: a 401 names the scheme that it expects.
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
  });
  response.end(bytes);
}

module.exports = { createPlatform };
