'use strict';

// Shows requests in the network tab of `node --inspect --experimental-network-inspection`, in the versions of Node that have this
// tab and do not fill it from undici's channels by themselves. Node does so since 22.14 and 23.7.

const FLAG = '--experimental-network-inspection';

/** Returns whether the running Node has a network tab that it does not fill from undici's channels. */
exports.isLeftToUs = () => {
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS || '').split(/\s+/)];
  const [major, minor] = process.versions.node.split('.').map(Number);
  const fillsIt = major > 23 || (major === 23 && minor >= 7) || (major === 22 && minor >= 14);
  return options.includes(FLAG) && !fillsIt && networkOf() !== undefined;
};

/**
 * Listens to undici's channels and reports the requests of this package to the inspector.
 * @param {(request: object) => boolean} isOurs returns whether a request is one of this package
 */
exports.listen = (isOurs) => {
  const { subscribe } = require('diagnostics_channel');
  const network = networkOf();
  /** @type {WeakMap<object, string>} */
  const ids = new WeakMap();
  let count = 0;
  /** @param {string} name @param {string} event @param {(message: any) => object} parametersOf */
  const on = (name, event, parametersOf) =>
    subscribe(`undici:request:${name}`, (/** @type {any} */ message) => {
      const requestId = ids.get(message.request);
      if (requestId !== undefined) {
        network[event]({ requestId, timestamp: Date.now() / 1000, ...parametersOf(message) });
      }
    });
  subscribe('undici:request:create', (/** @type {any} */ { request }) => {
    if (isOurs(request)) {
      ids.set(request, `pusher-platform-${++count}`);
    }
  });
  on('create', 'requestWillBeSent', ({ request }) => ({
    wallTime: Date.now(),
    request: { url: urlOf(request), method: request.method, headers: byName(request.headers) },
  }));
  on('headers', 'responseReceived', ({ request, response }) => ({
    type: 'Fetch',
    response: {
      url: urlOf(request),
      status: response.statusCode,
      statusText: response.statusText,
      headers: byName(response.headers),
    },
  }));
  on('trailers', 'loadingFinished', () => ({}));
  on('error', 'loadingFailed', ({ error }) => ({
    type: 'Fetch',
    errorText: String(error.message),
  }));
};

/** @returns {any} */
function networkOf() {
  /** @type {any} */
  const inspector = require('inspector');
  return inspector.Network;
}

/** @param {{ origin: string, path: string }} request */
function urlOf({ origin, path }) {
  return origin + path;
}

/**
 * Returns header lines as an object. Values of the same name are joined.
 * @param {any[]} lines names and values in turn
 */
function byName(lines) {
  /** @type {any} */
  const headers = {};
  for (let index = 0; index < lines.length; index += 2) {
    const name = String(lines[index]);
    const value = String(lines[index + 1]);
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}
