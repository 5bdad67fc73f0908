'use strict';

// Uses WPT's cases of the URL standard as hosts, as paths and as redirect targets. Requests for other hosts go to a proxy on
// loopback, which refuses them and records the host.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const { compare } = require('../support/lab');

/**
 * Returns cargo's metadata of the crate `url`, whose source contains the cases. Requests are made with this crate, so it is
 * present wherever the addon can be built.
 */
function crate() {
  const metadata = execFileSync('cargo', ['metadata', '--locked', '--format-version', '1'], {
    cwd: path.join(__dirname, '../..'),
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(metadata).packages.find(({ name }) => name === 'url');
}

const { manifest_path: manifest, version } = crate();

const file = path.join(path.dirname(manifest), 'tests/urltestdata.json');
// The list also contains remarks, which are strings.
const all = JSON.parse(fs.readFileSync(file, 'utf8')).filter((each) => typeof each === 'object');
const failing = new Set(all.filter(({ failure }) => failure).map(({ input }) => input));

module.exports = {
  title: 'URLs as hosts, as paths and as redirects',
  source: `web-platform-tests, urltestdata.json as the crate url ${version} has it`,
  licence: 'BSD-3-Clause',
  isQuick: true,
  atLeast: 1500,
  run: (report) => compare(report, __filename, { explain }),
  cases({ proxy }) {
    const env = { HTTPS_PROXY: `http://${proxy}` };
    return [
      ...unique(all.flatMap(hostsOf)).map((host) => ({
        name: `the host ${JSON.stringify(host)}`,
        instance: { host, port: undefined },
        env,
      })),
      ...unique(all.flatMap(pathsOf)).map((each) => ({
        name: `the path ${JSON.stringify(each)}`,
        options: { path: each },
      })),
      ...unique(all.map(({ input }) => input))
        .filter(isHeader)
        .map((input) => ({
          name: `the redirect to ${JSON.stringify(input)}`,
          // Node 26 ends the original's process if a proxy is asked for an IP address.
          instance: { host: BASE_HOST },
          env,
          answer: { status: 302, headers: { Location: Buffer.from(input).toString('latin1') } },
        })),
    ];
  },
};

const unique = (list) => [...new Set(list)];

/** Returns the host as a case writes it, and the host that the case expects. */
function hostsOf({ input, hostname }) {
  const [, authority] = /^[a-z]+:[/\\]{2}([^/\\?#]*)/i.exec(input) || [];
  const given = authority?.replace(/^.*@/s, '').replace(/:\d*$/, '');
  return [given, hostname].filter(Boolean);
}

const pathsOf = ({ input, pathname, search = '', hash = '' }) =>
  [input, pathname, pathname && pathname + search + hash].filter(Boolean);

// A header line cannot contain these characters (RFC 9110, section 5.5).
const isHeader = (text) => !/[\r\n\0]/.test(text);

/** @param {import('../support/lab').Trace} original @param {import('../support/lab').Trace} ours @param {string} name */
function explain(original, ours, name) {
  const [, kind, text] = /^the (host|path|redirect to) (.*)$/.exec(name);
  if (kind === 'host') return explainHost(original, ours);
  if (kind === 'path') return explainPath(original, ours);
  return explainRedirect(original, ours, JSON.parse(text));
}

function explainHost(original, ours) {
  const [host, ourHost] = [original, ours].map(({ refused: [first] }) =>
    first?.target.replace(/:443$/, ''),
  );
  if (host === undefined) return undefined;
  if (net.isIPv6(host)) {
    return ourHost === `[${host}]` ? 'proxy-ipv6' : undefined;
  }
  const { rejected } = ours.outcome;
  const isRefused = ourHost === undefined && /^Invalid URI/.test(rejected?.message);
  return host === 'localhost' && isRefused ? 'host-nothing' : undefined;
}

function parse(url, base) {
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}

// The original sends latin-1, and refuses characters outside it.
function explainPath({ outcome, requests: [theirs] }, { requests: [mine] }) {
  const escaped = (target) => target.replace(/[\x7f-\xff]/g, encodeURIComponent);
  const isEscaped = theirs
    ? mine?.target === escaped(theirs.target)
    : mine && outcome.rejected.code === 'ERR_UNESCAPED_CHARACTERS';
  return isEscaped ? 'path-non-ascii' : undefined;
}

function explainRedirect(original, ours, location) {
  const { rejected = {} } = ours.outcome;
  const { code, message } = rejected;
  if (code === 'HPE_INVALID_HEADER_TOKEN') {
    return original.outcome.rejected?.code === code ? 'parse-error-codes' : undefined;
  }
  const isInvalid = (trace) => /^Invalid URI/.test(trace.outcome.rejected?.message);
  if (isInvalid(original) && isInvalid(ours)) return 'redirect-no-url';
  // The expected target is what the URL standard makes of the value, once it is escaped as the original's parser escapes it.
  const value = location.replace(/^[\t ]+|[\t ]+$/g, '');
  const target = parse(value.replace(/[\t "'<>^`{|}]/g, percent), BASE);
  if (isInvalid(ours)) {
    // Some versions of Node parse hosts with invalid Punycode, which the standard refuses.
    return target === undefined || failing.has(location) ? 'redirect-no-url' : undefined;
  }
  if (target === undefined) return undefined;
  if (target.protocol === 'http:') {
    return /^Refused redirect/.test(message) ? 'redirect-http' : undefined;
  }
  if (target.protocol !== 'https:') {
    return message === `Invalid protocol: ${target.protocol}` ? 'redirect-no-url' : undefined;
  }
  const next =
    target.origin === BASE_ORIGIN
      ? ours.requests[1]?.target === target.pathname + target.search
      : ours.refused[0]?.target === `${target.hostname}:${target.port || 443}`;
  if (!next) return undefined;
  return /[^\0-\x7e]/.test(location) ? 'path-non-ascii' : 'redirect-url-standard';
}

const percent = (character) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

const BASE_HOST = 'localhost';
const BASE_ORIGIN = `https://${BASE_HOST}:1`;
const BASE = `${BASE_ORIGIN}/services/service/v1/an-instance/path`;
