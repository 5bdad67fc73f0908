'use strict';

// Asks the modules of requests what the doctor reports of them.

const native = require('../lib/binding');
const { reasonForNode } = require('../lib/request/choice');

/** Returns which transport sends calls, `native` or `node`, and why; or why none does. */
exports.transportOfCalls = () => {
  let reason;
  try {
    reason = reasonForNode();
  } catch (/** @type {any} */ error) {
    return { error: `${error.message}. Correct the variable, or remove it.` };
  }
  return reason === undefined
    ? {
        transport: 'native',
        reason: 'nothing in this process needs another client, but a server may',
      }
    : { transport: 'node', reason };
};

/**
 * Returns the proxy through which calls to a host go, by the rules of the transport, or undefined if there is none.
 * @param {string} host
 * @param {number} port
 * @returns {{ url: string, named: string, authorization?: string } | undefined} `named` is the text of the variable
 */
exports.proxyTo = (host, port) => {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NO_PROXY, no_proxy } = process.env;
  const proxy = HTTPS_PROXY || https_proxy || HTTP_PROXY || http_proxy || '';
  const queue = new native.Queue(() => {});
  const client = native.baseClient(`${host.includes(':') ? `[${host}]` : host}:${port}`, '');
  const exchange = new native.Exchange(queue.handle, client, {
    method: 'GET',
    path: '',
    query: '',
    headers: '',
    headerCount: 0,
    proxy,
    noProxy: NO_PROXY || no_proxy || '',
    attempts: 0,
    elapsed: 0,
  });
  const step = JSON.parse(exchange.begin());
  return step.proxy
    ? { url: step.proxy, named: proxy, authorization: step.proxyAuthorization }
    : undefined;
};
