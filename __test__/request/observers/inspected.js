'use strict';

// Makes three requests with our package, or with Node's `https`, while a debugger session receives network events.

const https = require('node:https');
const { Session } = require('node:inspector');

const { Instance } = require('../../..');
const { createPlatform } = require('../../../testing');
const { IDENTITY, optionsOf } = require('../../support/local');

const PATHS = ['good?x=1', 'moved', 'broken'];

async function main(who) {
  const platform = await createPlatform(IDENTITY);
  platform.on('GET', 'good', { body: 'here' });
  platform.on('GET', 'moved', { status: 404, body: 'gone' });
  platform.on('GET', 'broken', { fault: 'reset' });
  const instance = new Instance(optionsOf(platform));
  const jwt = instance.generateAccessToken({ su: true }).token;
  const session = new Session();
  session.connect();
  const events = [];
  session.on('inspectorNotification', ({ method, params }) => {
    if (method.startsWith('Network.')) events.push({ method, params });
  });
  await new Promise((resolve) => session.post('Network.enable', resolve));
  for (const path of PATHS) {
    await (who === 'ours' ? byOurs(instance, jwt, path) : byNode(platform, jwt, path));
  }
  session.disconnect();
  await platform.close();
  console.log(JSON.stringify({ events: events.map(comparable), text: JSON.stringify(events) }));
}

function byOurs(instance, jwt, path) {
  const [before, query] = path.split('?');
  const qs = query && Object.fromEntries(new URLSearchParams(query));
  return instance.request({ method: 'GET', path: before, jwt, qs }).catch(() => {});
}

function byNode({ host, port, ca }, jwt, path) {
  return new Promise((resolve) => {
    const whole = `/services/feeds/v1/an-instance/${path}`;
    const headers = { authorization: `Bearer ${jwt}` };
    https
      .get({ host, port, ca, path: whole, headers }, (response) => {
        response.resume().on('end', resolve);
      })
      .on('error', resolve);
  });
}

// Node 20 omits the port in the URLs of its own events.
function comparable({ method, params: { request, response, type, errorText } }) {
  const { url, status, statusText } = request || response || {};
  return {
    method,
    url: url && new URL(url).pathname + new URL(url).search,
    asked: request?.method,
    status,
    statusText,
    errorText,
    hasType: type !== undefined,
  };
}

main(process.argv[2]);
