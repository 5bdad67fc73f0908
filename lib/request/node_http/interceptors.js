'use strict';

// Determines whether requests go through Node's own client: if the program has chosen it, or if an interceptor has replaced a
// part of it to answer in place of servers.

const http = require('http');
const { isProxy } = require('util').types;

// The choice is stored on an object that all copies of this package in a process share, since Jest and Vitest load the package
// again for each file of tests.
const ASKED = Symbol.for('pusher-platform-native.node-http');
/** @type {any} */
const shared = http;

/** @type {unknown} */
let seen;
let isSeenIntercepted = false;

/** Returns whether an interceptor has replaced a part of Node's client. */
function isIntercepted() {
  const { ClientRequest } = http;
  if (ClientRequest !== seen) {
    seen = ClientRequest;
    isSeenIntercepted = isInterceptor(ClientRequest);
  }
  return isSeenIntercepted;
}

exports.isIntercepted = isIntercepted;

/** Returns whether requests go through Node's client. */
exports.usesNodeHttp = () => isIntercepted() || shared[ASKED] === true;

/** Sends all later requests through Node's client. */
exports.useNodeHttp = () => {
  Object.defineProperty(shared, ASKED, { value: true, configurable: true });
};

/**
 * Returns whether a class is an interceptor's. nock 13 replaces `ClientRequest`; nock 14 and msw make it a Proxy with
 * @mswjs/interceptors. Libraries that trace requests wrap the functions of `http` and leave the class unchanged.
 * @param {Function} type
 */
function isInterceptor(type) {
  return type.name === 'OverriddenClientRequest' || isProxy(type);
}
