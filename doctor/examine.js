'use strict';

// Collects what the doctor reports.

const { examineAddon } = require('./addon');
const { examineCa, examineCertificates, examineProxies, withoutSecret } = require('./environment');
const { version } = JSON.parse(
  require('fs').readFileSync(require.resolve('../package.json'), 'utf8'),
);

exports.version = version;

/**
 * Returns the report. Only `host`, if there is one, needs the network.
 * @param {{ host?: string, port: number, ca?: string }} options `ca` is a file
 */
exports.examine = async ({ host, port, ca: file }) => {
  const addon = examineAddon();
  const isLoaded = addon.error === undefined;
  const calls = isLoaded ? callsHere() : null;
  const { pem, ...ca } = file === undefined ? { pem: undefined } : examineCa(file);
  const isReady = isLoaded && calls?.error === undefined && !('error' in ca);
  const reached = isReady && host !== undefined ? await examineHost(host, port, pem) : null;
  return {
    works: isReady && addon.isAsBuilt !== false && (reached === null || !reached.package.error),
    version,
    addon,
    node: {
      version: process.version,
      platform: process.platform,
      arch: process.arch,
      openssl: process.versions.openssl,
    },
    calls,
    proxies: examineProxies(),
    certificates: examineCertificates(),
    ca: 'file' in ca ? ca : null,
    reached,
  };
};

/** Returns how calls are sent. Without an addon, the module that knows cannot be loaded. @returns {any} */
function callsHere() {
  const { transportOfCalls } = require('./transport');
  return transportOfCalls();
}

/** @param {string} host @param {number} port @param {string | undefined} ca */
async function examineHost(host, port, ca) {
  const { reachByNode, reachByPackage } = require('./reach');
  const { proxyTo } = require('./transport');
  const proxy = proxyTo(host, port);
  const shown = proxy ? withoutSecret(proxy.url) : null;
  // Both at once, so that a silent host takes the time of one.
  const [ours, node] = await Promise.all([
    reachByPackage({ host, port, ca, proxy: proxy?.named }),
    reachByNode({ host, port, ca, proxy }),
  ]);
  return { host, port, proxy: shown, package: ours, node };
}
