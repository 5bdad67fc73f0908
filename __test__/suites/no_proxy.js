'use strict';

// Compares which proxy a request uses, if any. The cases are those of the tests of npm's proxy-from-env, whose test file is
// loaded with a stub of its test runner that only records their inputs, and those of the tests of npm's request, which this file
// makes.
//
// All host names are moved below `invalid`, where no name exists (RFC 6761, section 6.4), and all addresses are replaced by those
// of this machine, so that a request without a proxy reaches nothing. Every proxy is the proxy on loopback, with a different user
// name.

const Module = require('node:module');
const path = require('node:path');
const { parse } = require('node:url');

const { compare } = require('../support/lab');

const PACKAGE = path.dirname(require.resolve('proxy-from-env/package.json'));

module.exports = {
  title: 'requests with NO_PROXY and its kin',
  source: `proxy-from-env ${require('proxy-from-env/package.json').version}, its test file; request 2.88.2, cases written for this suite`,
  licence: 'MIT; Apache-2.0',
  // Host names that do not exist still need a lookup, which takes time.
  isQuick: false,
  atLeast: 200,
  run: (report) => compare(report, __filename, { explain, comparable }),
  cases: ({ proxy }) => [...proxyFromEnv(proxy), ...ofRequest(proxy)],
};

function proxyFromEnv(proxy) {
  return asked().map(({ env, input, title }, index) => {
    const { hostname, port } = parse(input);
    return {
      name: `${title}: ${input} with ${JSON.stringify(env)} #${index}`,
      instance: { host: elsewhere(hostname), port: port === '80' ? undefined : port || undefined },
      env: Object.fromEntries(
        Object.entries(env).map(([name, value]) => [
          name,
          /no_proxy$/i.test(name) ? value.replace(/[^,\s]+/g, zone) : as(value, proxy),
        ]),
      ),
    };
  });
}

/** Returns the inputs of the tests: an environment and a URL, if the URL has a host. */
function asked() {
  const titles = [];
  const list = [];
  const getProxyForUrl = (input) => {
    if (typeof input === 'string' && parse(input).hostname) {
      list.push({ env: { ...process.env }, input, title: titles.join(', ') });
    }
  };
  global.describe = (title, body) => {
    titles.push(title);
    body();
    titles.pop();
  };
  global.it = (_title, body) => {
    try {
      body();
    } catch {
      // The test does not get the result that it expects.
    }
  };
  const load = Module._load;
  Module._load = (request, ...rest) =>
    request === './' ? { getProxyForUrl } : load.call(Module, request, ...rest);
  try {
    require(path.join(PACKAGE, 'test.js'));
  } finally {
    Module._load = load;
    delete global.describe;
    delete global.it;
  }
  return list;
}

const elsewhere = (host) => {
  if (/^[\da-f]*:/.test(host)) return '::1';
  return host.replace(/^10\.0\.0\./, '127.0.0.').replace(/^(?!localhost$|[\d.]+$).*/, '$&.invalid');
};

/** Moves an entry of a no_proxy list as hosts are moved. The tests use http; its port is replaced by the port of https. */
function zone(entry) {
  const [, dots, host, port = ''] = /^([*.]*)(\[.*\]|[^:]*)(:\d+)?$/.exec(entry);
  const moved = host && (host.startsWith('[') ? '[::1]' : elsewhere(host));
  return `${dots}${moved}${port.replace(/^:80$/, ':443')}`;
}

/** Replaces a proxy by the one on loopback, with the host as its user name; a value that is not such a URL is kept. */
const as = (value, proxy) => value.replace(/^http:\/\/([\w.-]+)$/, `http://$1@${proxy}`);

/** Yields the cases of test-proxy.js: each list with each host and variable. */
function* ofRequest(proxy) {
  const lists = [
    ...[
      'GOOGLE.COM',
      'google.com',
      '.google.com',
      'foo.bar,bar.foo',
      'foo.bar,google.com',
      'google.com:80',
    ],
    ...[
      'google.com:1234',
      '*',
      'oogle.com',
      'oogle.com:80',
      'elgoog1.com',
      'www.google.com',
      'com',
      ' google.com ',
    ],
  ];
  const hosts = ['google.com', 'GOOGLE.com', 'www.google.com', 'google.com.invalid.google.com'];
  for (const list of lists) {
    for (const host of hosts) {
      const proxies = { HTTP_PROXY: `http://one@${proxy}` };
      yield {
        name: `request: ${host} with NO_PROXY=${list}`,
        instance: { host: elsewhere(host), port: undefined },
        env: { ...proxies, NO_PROXY: list.replace(/[^,\s]+/g, zone) },
      };
    }
  }
  const names = [
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
    'ALL_PROXY',
    'all_proxy',
  ];
  for (const first of names) {
    for (const second of names) {
      for (const [variable, list] of [
        ['NO_PROXY', ''],
        ['no_proxy', 'other'],
        ['no_proxy', 'localhost'],
        ['NO_PROXY', '*'],
      ]) {
        yield {
          name: `request: ${first}, ${second} and ${variable}=${list}`,
          // The host is this machine, whose name resolves without a name server.
          instance: { host: 'localhost', port: 1 },
          env: {
            [second]: `http://second:pass@${proxy}`,
            [first]: `http://first:pass@${proxy}`,
            [variable]: list,
          },
        };
      }
    }
  }
  for (const credentials of ['user:pass@', 'user@', ':pass@', 'us%20er:p%40ss@', '']) {
    for (const authorization of ['Token Fooblez', 'Basic dXNlcjpwYXNz', undefined]) {
      yield {
        name: `request: a proxy of ${credentials || 'nobody'} with Proxy-Authorization: ${authorization}`,
        instance: { host: 'google.com.invalid', port: undefined },
        options: { headers: { 'Proxy-Authorization': authorization } },
        env: { HTTPS_PROXY: `http://${credentials}${proxy}` },
      };
    }
  }
}

/**
 * Resolvers report an unknown name in different ways and after different times: the comparison only covers that no proxy was
 * asked.
 */
function comparable({ refused, outcome }) {
  const ways = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED'];
  const isDirect = outcome === 'hung' || ways.includes(outcome.rejected?.code);
  return { refused, outcome: refused.length === 0 && isDirect ? 'no proxy was asked' : outcome };
}

/** @param {import('../support/lab').Trace} original @param {import('../support/lab').Trace} ours */
function explain(original, ours) {
  const [target, ourTarget] = [original, ours].map(({ refused: [first] }) => first?.target);
  if (target?.startsWith('::1:')) {
    return ourTarget === target.replace('::1', '[::1]') ? 'proxy-ipv6' : undefined;
  }
  const { message } = ours.outcome.rejected;
  return message.endsWith('cause=invalid proxy URL') ? 'proxy-url' : undefined;
}
