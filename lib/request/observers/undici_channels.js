'use strict';

// Publishes requests on undici's channels, in undici's message formats, for libraries that trace `fetch` there:
// https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
//
// From these channels, it shows them in the network tab of `node --inspect --experimental-network-inspection`, in the versions of Node
// that have this tab and do not fill it from the channels by themselves. Node does so since 22.14 and 23.7.

const { addTo, checkHeader, mayAdd, withoutSecrets } = require('../headers.js');

const NETWORK_INSPECTION = '--experimental-network-inspection';

// The channels, which are opened with the first call.
/** @type {any} */
let create;
/** @type {any} */
let bodyChunkSent;
/** @type {any} */
let bodySent;
/** @type {any} */
let sendHeaders;
/** @type {any} */
let headers;
/** @type {any} */
let bodyChunkReceived;
/** @type {any} */
let trailers;
/** @type {any} */
let failed;

function openChannels() {
  bodyChunkSent = channelOf('undici:request:bodyChunkSent');
  bodySent = channelOf('undici:request:bodySent');
  sendHeaders = channelOf('undici:client:sendHeaders');
  headers = channelOf('undici:request:headers');
  bodyChunkReceived = channelOf('undici:request:bodyChunkReceived');
  trailers = channelOf('undici:request:trailers');
  failed = channelOf('undici:request:error');
  if (isNetworkTabLeftToUs()) {
    fillNetworkTab();
  }
  // This is set last, so that an interruption leaves nothing half open.
  create = channelOf('undici:request:create');
}

/** Returns whether any of the channels has a subscriber. */
exports.isWatched = () => {
  if (create === undefined) {
    openChannels();
  }
  return (
    create.hasSubscribers ||
    sendHeaders.hasSubscribers ||
    headers.hasSubscribers ||
    trailers.hasSubscribers ||
    failed.hasSubscribers ||
    bodyChunkSent.hasSubscribers ||
    bodySent.hasSubscribers ||
    bodyChunkReceived.hasSubscribers
  );
};

/** A request as undici describes it. As in undici, each redirect and each attempt is a separate request. */
class UndiciRequest {
  /** The names of the headers that the caller has set, in lower case. @type {Set<string>} */
  #taken;

  /** @param {import('../exchange').Step} step @param {string | undefined} body */
  constructor({ origin, path, method, headers, hasBody }, body) {
    this.origin = origin;
    this.path = path;
    this.method = method;
    this.headers = withoutSecrets(headers);
    this.body = hasBody ? body : null;
    this.completed = false;
    this.aborted = false;
    this.#taken = new Set(headers.filter((_, index) => index % 2 === 0));
  }

  /** @param {string} name @param {any} value */
  addHeader(name, value) {
    checkHeader(name, value);
    if (mayAdd(this.#taken, name)) {
      this.headers.push(name, value);
    }
    return this;
  }

  /**
   * Returns the headers that listeners have added by the method or to the list, by name. A header that is not valid is left
   * out, since it is not the fault of the caller.
   * @param {UndiciRequest} request
   */
  static added(request) {
    const { headers } = request;
    /** @type {Map<string, any>} */
    const added = new Map();
    for (let index = 0; Array.isArray(headers) && index < headers.length; index += 2) {
      try {
        checkHeader(headers[index], headers[index + 1]);
        addTo(added, request.#taken, headers[index], headers[index + 1]);
      } catch {}
    }
    return Object.fromEntries(added);
  }
}

/**
 * Publishes that a request is about to be sent, and returns functions that publish its progress.
 * @param {import('../exchange').Step} step
 * @param {string | undefined} body
 */
exports.observe = (step, body) => {
  if (create === undefined) {
    openChannels();
  }
  const request = new UndiciRequest(step, body);
  publish(create, () => ({ request }));
  const added = UndiciRequest.added(request);
  return {
    /** The headers to send in addition to those of the caller, by name. */
    added,

    /** @param {any} response the response without its body @param {[string, number] | null | undefined} peer */
    responded(response, peer) {
      if (peer) {
        const socket = { remoteAddress: peer[0], remotePort: peer[1] };
        publish(sendHeaders, () => ({ request, headers: textOf(request), socket }));
      }
      if (request.body) {
        publish(bodyChunkSent, () => ({ request, chunk: Buffer.from(String(request.body)) }));
      }
      publish(bodySent, () => ({ request }));
      const { statusCode, statusMessage: statusText, rawHeaders } = response;
      publish(headers, () => {
        const lines = withoutSecrets(rawHeaders).map(bytesOf);
        return { request, response: { statusCode, headers: lines, statusText } };
      });
    },

    /** @param {any} [response] the response with its body, if the body was read */
    ended(response) {
      request.completed = true;
      if (response?.body) {
        publish(bodyChunkReceived, () => ({ request, chunk: Buffer.from(response.body) }));
      }
      publish(trailers, () => {
        const lines = withoutSecrets(response?.rawTrailers || []).map(bytesOf);
        return { request, trailers: lines };
      });
    },

    /** @param {any} reason an error, or the reason of an aborted signal */
    failed(reason) {
      request.aborted = true;
      publish(failed, () => ({ request, error: errorOf(reason) }));
    },
  };
};

/**
 * Publishes a message on a channel. A listener may have changed the request that it received, so that no message can be created
 * from it; the call then goes on without the message.
 * @param {any} channel
 * @param {() => object} message
 */
function publish(channel, message) {
  if (!channel.hasSubscribers) {
    return;
  }
  let made;
  try {
    made = message();
  } catch {
    return;
  }
  channel.publish(made);
}

/** @param {UndiciRequest} request */
function textOf({ method, path, headers: lines }) {
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (let index = 0; index < lines.length; index += 2) {
    text += `${lines[index]}: ${lines[index + 1]}\r\n`;
  }
  return text;
}

/**
 * Returns a part of a header line of a response as bytes, which is how undici represents it.
 * @param {string} text
 */
function bytesOf(text) {
  return Buffer.from(text, 'latin1');
}

/**
 * Returns an object for the reason of a failure, since listeners read its properties.
 * @param {any} reason
 */
function errorOf(reason) {
  if (typeof reason === 'object' && reason !== null) {
    return reason;
  }
  const error = new Error('This operation was aborted');
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR', cause: reason });
}

/** @param {string} name */
function channelOf(name) {
  try {
    return require('diagnostics_channel').channel(name);
  } catch {
    // Some versions of Node 14 do not have the module.
    return { hasSubscribers: false, publish: () => {} };
  }
}

/** Returns whether the running Node has a network tab that it does not fill from undici's channels. */
function isNetworkTabLeftToUs() {
  try {
    const options = [...process.execArgv, ...(process.env.NODE_OPTIONS || '').split(/\s+/)];
    const [major, minor] = process.versions.node.split('.').map(Number);
    const fillsIt = major > 23 || (major === 23 && minor >= 7) || (major === 22 && minor >= 14);
    return options.includes(NETWORK_INSPECTION) && !fillsIt && networkOf() !== undefined;
  } catch {
    // A program may have taken away what tells how Node was started.
    return false;
  }
}

/** Reports the requests of this package from the channels to the inspector. */
function fillNetworkTab() {
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
    if (request instanceof UndiciRequest) {
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
}

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
