'use strict';

// Says which proxies and certificates apply in this process. Nothing here shows a secret.

const fs = require('fs');
const tls = require('tls');
const { URL } = require('url');

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];
const BLOCK = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** Returns the variables that name proxies, without credentials. */
exports.examineProxies = () => {
  /** @type {Record<string, string>} */
  const found = {};
  for (const name of PROXIES) {
    const value = process.env[name];
    if (value) {
      found[name] = /no_proxy/i.test(name) ? value : withoutSecret(value);
    }
  }
  return found;
};

/**
 * Returns the address of a proxy with `***` in place of credentials.
 * @param {string} proxy
 */
exports.withoutSecret = withoutSecret;

/** @param {string} proxy */
function withoutSecret(proxy) {
  // Whatever precedes the last `@` may be a part of the credentials, also where the rest is no URL.
  const at = proxy.lastIndexOf('@');
  if (at === -1) {
    return proxy;
  }
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(proxy);
  return `${scheme ? scheme[0] : ''}***@${proxy.slice(at + 1)}`;
}

/**
 * Returns the certificates of a file as text, or why there are none.
 * @param {string} file
 * @returns {{ file: string, certificates?: number, pem?: string, error?: string }}
 */
exports.examineCa = (file) => {
  const found = extraOf(file);
  if (found.error !== undefined) {
    return { file, error: found.error };
  }
  const error = 'It has no certificate. Name a file in PEM that has one.';
  return found.certificates === 0
    ? { file, error }
    : { file, certificates: found.certificates, pem: fs.readFileSync(file, 'utf8') };
};

/** Returns what decides which certificates are trusted. */
exports.examineCertificates = () => {
  const { NODE_EXTRA_CA_CERTS: file, NODE_TLS_REJECT_UNAUTHORIZED: reject } = process.env;
  /** @type {any} */
  const { rootCertificates, getCACertificates } = tls;
  return {
    bundled: rootCertificates ? rootCertificates.length : null,
    trusted: getCACertificates ? getCACertificates('default').length : null,
    extra: file ? { file, ...extraOf(file) } : null,
    areChecked: reject !== '0',
  };
};

/** @param {string} file */
function extraOf(file) {
  try {
    return { certificates: (fs.readFileSync(file, 'latin1').match(BLOCK) || []).length };
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return { error: `${message}. Name a file in PEM that can be read.` };
  }
}

/**
 * Returns the host and the port of a proxy's URL.
 * @param {string} url
 */
exports.addressOf = (url) => {
  const { protocol, hostname, port } = new URL(url);
  return {
    isTls: protocol === 'https:',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  };
};
