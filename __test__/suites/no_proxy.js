'use strict';

// Which proxy a request goes through, if any: the cases of the tests of npm's proxy-from-env, whose test file is loaded with a test runner that
// only notes what they ask, and those of the tests of npm's request, made here.
//
// All hosts are moved below `invalid`, where none is found (RFC 6761, section 6.4), and all addresses to this machine, so that what goes
// without a proxy goes nowhere. Each proxy is that on loopback, by another user name.

const Module = require('node:module');
const path = require('node:path');
const { parse } = require('node:url');

const { compare } = require('../support/lab');

const PACKAGE = path.dirname(require.resolve('proxy-from-env/package.json'));

module.exports = {
  title: 'requests with NO_PROXY and its kin',
  source: `proxy-from-env ${require('proxy-from-env/package.json').version}, its test file; request 2.88.2, cases made anew`,
  licence: 'MIT; Apache-2.0',
  // Names that are not found are looked up all the same.
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

/** What its tests ask: an environment and a URL, where that has a host. */
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
      // It misses the answer that it expects.
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

/** An entry of such a list, moved as hosts are. The tests ask for http, whose port is ours of https. */
function zone(entry) {
  const [, dots, host, port = ''] = /^([*.]*)(\[.*\]|[^:]*)(:\d+)?$/.exec(entry);
  const moved = host && (host.startsWith('[') ? '[::1]' : elsewhere(host));
  return `${dots}${moved}${port.replace(/^:80$/, ':443')}`;
}

/** A proxy that is told apart by its user; what is no URL stays as it is. */
const as = (value, proxy) => value.replace(/^http:\/\/([\w.-]+)$/, `http://$1@${proxy}`);

/** Of test-proxy.js: each list for each host and variable. */
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
          // Which is this machine, whose name needs no server to be found.
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

/** A resolver has its own ways and times to say that there is no such name: what counts is that no proxy was asked. */
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
