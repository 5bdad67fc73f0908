'use strict';

// Collects what the doctor reports.

const { examineAddon } = require('./addon');
const { examineCertificates, examineProxies, withoutSecret } = require('./environment');
const { version } = JSON.parse(
  require('fs').readFileSync(require.resolve('../package.json'), 'utf8'),
);

/**
 * Returns the report. Only `host`, if there is one, needs the network.
 * @param {{ host?: string, port: number }} options
 */
exports.examine = async ({ host, port }) => {
  const addon = examineAddon();
  const isLoaded = addon.error === undefined;
  const reached = isLoaded && host !== undefined ? await examineHost(host, port) : null;
  return {
    works: isLoaded && addon.isAsBuilt !== false && (reached === null || !reached.package.error),
    version,
    addon,
    node: {
      version: process.version,
      platform: process.platform,
      arch: process.arch,
      openssl: process.versions.openssl,
    },
    calls: isLoaded ? callsHere() : null,
    proxies: examineProxies(),
    certificates: examineCertificates(),
    reached,
  };
};

/** Returns how calls are sent. Without an addon, the module that knows cannot be loaded. */
function callsHere() {
  const { transportOfCalls } = require('./transport');
  return transportOfCalls();
}

/** @param {string} host @param {number} port */
async function examineHost(host, port) {
  const { reachByNode, reachByPackage } = require('./reach');
  const { proxyTo } = require('./transport');
  const proxy = proxyTo(host, port);
  return {
    host,
    port,
    proxy: proxy ? withoutSecret(proxy.url) : null,
    package: await reachByPackage(host, port),
    node: await reachByNode(host, port, proxy),
  };
}
