'use strict';

// Makes calls that end in every way, and prints where their credentials can be reached from what each call ended with. The argument
// is a JSON object with the ports of the servers and of the proxy, and with a root certificate.

const { Instance, SDKInfo } = require('../..');
const { printed, waysTo } = require('../support/reachable');

const { ports, ca } = JSON.parse(process.argv[2]);

const SECRETS = ['hush-token', 'hush-cookie', 'hush-proxy', 'hush-password'];
const basic = (text) => Buffer.from(text).toString('base64');
const TEXTS = [...SECRETS, basic('user:hush-password'), basic('user:hush-proxy')];
const CREDENTIALS = {
  jwt: 'hush-token',
  headers: { Cookie: 'a=hush-cookie', 'Proxy-Authorization': `Basic ${basic('user:hush-proxy')}` },
};
const PROXY = (port) => ({ HTTPS_PROXY: `http://user:hush-password@127.0.0.1:${port}` });

/** @type {Record<string, { options?: object, instance?: object, env?: object, abort?: boolean }>} */
const CALLS = {
  answered: {},
  'answered at an odd path': { options: { path: 'a/./b' } },
  'answered under a certificate that has signed itself': {
    instance: { port: ports.selfSigned, ca },
  },
  'answered through a proxy': { env: PROXY(ports.proxy) },
  'answered at a host with credentials': { instance: { host: 'user:hush-password@127.0.0.1' } },
  redirected: { options: { path: 'moved' } },
  'redirected by a write': { options: { path: 'moved', method: 'POST', body: {} } },
  'redirected to http': { options: { path: 'moved/http' } },
  'redirected to nothing': { options: { path: 'moved/nowhere' } },
  'refused by the platform': { options: { path: 'refused' } },
  'refused by the platform in no JSON': { options: { path: 'unreadable' } },
  'refused again and again': { options: { path: 'refused', retry: { limit: 1, maxDelay: 1 } } },
  'ended by a reset': { options: { path: 'reset' } },
  'ended within the body': { options: { path: 'truncated' } },
  'ended by what is not HTTP': { options: { path: 'malformed' } },
  'ended by a broken chunk': { options: { path: 'chunk' } },
  'ended by a change of protocol': { options: { path: 'upgrade' } },
  'ended by too many headers': { options: { path: 'long' } },
  'ended by its time limit': { options: { path: 'silent', timeout: 50 } },
  'ended by its signal': { options: { path: 'silent' }, abort: true },
  'refused by no listener': { instance: { port: 1 } },
  'refused at each address': { instance: { host: 'localhost', port: 1 } },
  'refused for the certificate': { instance: { ca: undefined } },
  'refused for the name': { instance: { host: 'localhost', port: ports.otherName } },
  'refused for a header': { options: { headers: { ...CREDENTIALS.headers, 'X-A': 'a\nb' } } },
  'refused for a name': { options: { headers: { ...CREDENTIALS.headers, 'X A': 'a' } } },
  'refused for a method': { options: { method: 'a b' } },
  'refused for a path': { options: { path: 'a\nb' } },
  'refused by the proxy': { env: PROXY(ports.refusing) },
  'refused by no proxy': { env: PROXY(1) },
  'refused for the proxy': { env: PROXY('none') },
};

async function main() {
  const found = {};
  const ends = {};
  for (const [name, { options, instance, env, abort }] of Object.entries(CALLS)) {
    Object.assign(process.env, env);
    const controller = new AbortController();
    const given = { method: 'GET', path: 'a', ...CREDENTIALS, ...options };
    if (abort) given.signal = controller.signal;
    const promise = new Instance({
      locator: 'v1:us1:an-instance',
      key: 'id:secret',
      serviceName: 'feeds',
      serviceVersion: 'v1',
      sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
      host: '127.0.0.1',
      port: ports.service,
      ca,
      ...instance,
    }).request(given);
    if (abort) controller.abort();
    const ended = await promise.catch((error) => error);
    for (const variable of Object.keys(env ?? {})) delete process.env[variable];
    ends[name] = String(ended?.statusCode ?? ended);
    const texts = printed(ended);
    const shown = texts.filter((text) => TEXTS.some((each) => text.includes(each)));
    found[name] = [...waysTo(ended, TEXTS), ...shown.map((text) => text.slice(0, 2000))];
  }
  process.stdout.write(JSON.stringify({ found, ends }), () => process.exit());
}

main();
