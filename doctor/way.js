'use strict';

// Asks the modules of requests what the doctor reports of them.

const native = require('../lib/binding');
const { isIntercepted, usesNodeHttp } = require('../lib/request/node_http/interceptors');

/** Returns by which way calls go, `native` or `node`, and why. */
exports.wayOfCalls = () => {
  if (isIntercepted()) {
    return { way: 'node', why: 'an interceptor has replaced a part of http' };
  }
  return usesNodeHttp()
    ? { way: 'node', why: 'pusher-platform-native/testing/node-http is loaded' }
    : { way: 'native', why: 'nothing in this process asks for another client' };
};

/**
 * Returns the proxy through which calls to a host go, by the rules of the transport, or undefined if there is none.
 * @param {string} host
 * @param {number} port
 * @returns {{ url: string, authorization?: string } | undefined}
 */
exports.proxyTo = (host, port) => {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NO_PROXY, no_proxy } = process.env;
  const proxy = HTTPS_PROXY || https_proxy || HTTP_PROXY || http_proxy || '';
  const queue = new native.Queue(() => {});
  queue.configure(NO_PROXY || no_proxy || '', proxy, false);
  const client = native.baseClient(`${host.includes(':') ? `[${host}]` : host}:${port}`, '');
  /** @type {any} */
  const { Exchange } = native;
  const step = new Exchange(queue.handle, client, 'GET', '', '', '', 0).begin();
  return step.proxy ? { url: step.proxy, authorization: step.proxyAuthorization } : undefined;
};
