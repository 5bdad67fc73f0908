'use strict';

// Tells whether requests are to go through Node's own client: where a program has asked for it, or where something stands
// in Node's client that answers in the place of servers.

const http = require('http');
const { isProxy } = require('util').types;

// On an object that all copies of this package in a process share, whatever loads them: Jest and Vitest load it anew for each
// file of tests.
const ASKED = Symbol.for('pusher-platform-native.node-http');
/** @type {any} */
const shared = http;

/** @type {unknown} */
let seen;
let isSeenIntercepted = false;

/** Whether an interceptor stands in Node's client. */
function isIntercepted() {
  const { ClientRequest } = http;
  if (ClientRequest !== seen) {
    seen = ClientRequest;
    isSeenIntercepted = isInterceptor(ClientRequest);
  }
  return isSeenIntercepted;
}

exports.isIntercepted = isIntercepted;

/** Whether requests go through Node's client. */
exports.usesNodeHttp = () => isIntercepted() || shared[ASKED] === true;

/** Has them sent so from now on. */
exports.useNodeHttp = () => {
  Object.defineProperty(shared, ASKED, { value: true, configurable: true });
};

/**
 * nock 13 replaces the class; nock 14 and msw have made it a Proxy, by @mswjs/interceptors. What traces requests wraps the
 * functions and leaves the class as it is.
 * @param {Function} type
 */
function isInterceptor(type) {
  return type.name === 'OverriddenClientRequest' || isProxy(type);
}
