'use strict';

// Says what to do about an error of a connection.

const UNKNOWN_ROOT = /^(UNABLE_TO_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/;
const NO_TLS = /wrong.version.number|packet.length.too.long|unknown.protocol|http.request/i;

/**
 * What is known of the connection.
 * @typedef {{ port: number, proxy?: string | null, issuer?: string, names?: string }} Known
 */

/** The advice by the code and the message of an error. The first that fits is given. */
const ADVICE = /** @type {Array<[(error: any) => boolean, (known: Known) => string]>} */ ([
  [
    ({ code }) => UNKNOWN_ROOT.test(code),
    ({ issuer }) =>
      `Pass the certificate of ${issuer ? `"${issuer}"` : 'the authority that has signed it'} in PEM as the option \`ca\`: get that file from whoever runs the server, and try it with --ca FILE.`,
  ],
  [
    ({ code }) => code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID',
    () => 'Renew the certificate of the server, or set the clock of this machine.',
  ],
  [
    ({ code }) => code === 'ERR_TLS_CERT_ALTNAME_INVALID',
    ({ names }) => `Use a name that the certificate has${names ? `: ${names}` : ''}.`,
  ],
  [
    ({ code, message }) => NO_TLS.test(`${code} ${message}`),
    ({ port }) =>
      `Port ${port} does not speak TLS, but perhaps plain HTTP. Name the port of HTTPS, since calls need TLS.`,
  ],
  [({ code }) => code === 'ERR_INVALID_ARG_VALUE', () => 'Correct this value, or remove it.'],
  [
    ({ message }) => /tunnel|proxy/i.test(message),
    ({ proxy }) =>
      isHttp(proxy)
        ? 'Ask whoever runs the proxy to let calls pass, or name the host in NO_PROXY.'
        : 'Name a proxy whose URL begins with http:// or https://, the only kinds that are supported, or name the host in NO_PROXY.',
  ],
  [
    ({ code }) => code === 'ENOTFOUND' || code === 'EAI_AGAIN',
    () => 'Check the name, and whether this machine can look it up.',
  ],
  [
    ({ code }) => code === 'ECONNREFUSED',
    ({ port }) => `Check the host, and whether the server listens on port ${port}.`,
  ],
  [
    ({ code, message }) => code === 'ETIMEDOUT' || /Nothing has come/.test(message),
    () =>
      'Check the port, and whether a firewall drops the connection: the other side accepts it or not, but sends nothing.',
  ],
  [
    ({ code, message }) => code === 'ECONNRESET' || /closed the connection/.test(message),
    ({ port }) => `Check whether port ${port} speaks TLS, and what the log of the server says.`,
  ],
]);

/**
 * Returns a sentence that says what to do, or undefined if nothing is known.
 * @param {any} error
 * @param {Known} known
 */
exports.adviceOn = (error, known) => {
  const code = error?.code;
  const message = String(error?.message || error);
  const found = ADVICE.find(([fits]) => fits({ code, message }));
  return found?.[1](known);
};

/** @param {string | null | undefined} proxy */
function isHttp(proxy) {
  return !proxy || /^https?:/i.test(proxy) || !/^[a-z][a-z\d+.-]*:\/\//i.test(proxy);
}
