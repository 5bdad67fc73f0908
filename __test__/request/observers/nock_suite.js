'use strict';

// A test suite as programs write it for the original, with nock: prints the outcome of each of its calls. The arguments are the
// version of nock and the package.

const nock = require(process.argv[2]);
const { calling, report } = require('./suite');

const ORIGIN = 'https://us1.pusherplatform.io';
const BASE = '/services/feeds/v1/an-instance';

report(async (tell) => {
  const call = calling(process.argv[3], tell);
  const asked = [];
  nock.disableNetConnect();

  nock(ORIGIN).get(`${BASE}/answer`).query({ x: '1' }).reply(200, { a: 1 }, { 'X-Y': 'z' });
  await call({ method: 'GET', path: 'answer', qs: { x: 1 } });

  const reqheaders = { authorization: 'Bearer token', 'x-sdk-product': 'feeds', 'x-own': 'a' };
  nock(ORIGIN, { reqheaders })
    .post(`${BASE}/body`, { a: [1, { b: 'é' }] })
    .reply(201, function (uri, body) {
      asked.push(uri, body, this.req.headers);
      return { body };
    });
  const body = { a: [1, { b: 'é' }] };
  await call({ method: 'POST', path: 'body', headers: { 'X-Own': 'a' }, jwt: 'token', body });

  for (const [text, value] of [
    ['"text"', 'text'],
    ['null', null],
    [/^\[1,2\]$/, [1, 2]],
  ]) {
    nock(ORIGIN).put(`${BASE}/text`, text).reply(204);
    await call({ method: 'PUT', path: 'text', jwt: 'token', body: value });
  }
  nock(ORIGIN, { badheaders: ['content-type'] })
    .delete(`${BASE}/none`)
    .reply(200, 'gone');
  await call({ method: 'DELETE', path: 'none', jwt: 'token' });

  const told = { error: 'not_found', error_description: 'No', error_uri: 'uri' };
  nock(ORIGIN)
    .get(`${BASE}/refused`)
    .reply(404, told, { 'Set-Cookie': ['a=1', 'b=2'] });
  await call({ method: 'GET', path: 'refused', jwt: 'token' });
  nock(ORIGIN).get(`${BASE}/unreadable`).reply(500, 'oh no');
  await call({ method: 'GET', path: 'unreadable', jwt: 'token' });

  nock(ORIGIN).get(`${BASE}/error`).replyWithError('on purpose');
  await call({ method: 'GET', path: 'error', jwt: 'token' });
  const failure = Object.assign(new Error('of its own'), { code: 'ETIMEDOUT' });
  nock(ORIGIN).get(`${BASE}/error`).replyWithError(failure);
  await call({ method: 'GET', path: 'error', jwt: 'token' });

  nock(ORIGIN).get(`${BASE}/moved`).reply(302, '', { Location: '/elsewhere?y=2' });
  nock(ORIGIN)
    .get('/elsewhere?y=2')
    .matchHeader('referer', /moved$/)
    .reply(200, 'there');
  await call({ method: 'GET', path: 'moved', jwt: 'token' });
  nock(ORIGIN).post(`${BASE}/moved`).reply(307, '', { Location: '/elsewhere' });
  await call({ method: 'POST', path: 'moved', jwt: 'token', body: {} });

  nock(ORIGIN).get(`${BASE}/late`).delay(20).reply(200, 'late');
  await call({ method: 'GET', path: 'late', jwt: 'token' });
  nock(ORIGIN).get(`${BASE}/twice`).times(2).reply(200, 'twice');
  await Promise.all([1, 2].map(() => call({ method: 'GET', path: 'twice', jwt: 'token' })));

  // No request goes to a proxy from the environment if an interceptor responds to it.
  process.env.HTTPS_PROXY = 'http://user:password@127.0.0.1:9';
  nock(ORIGIN).get(`${BASE}/proxied`).reply(200, 'no proxy');
  await call({ method: 'GET', path: 'proxied', jwt: 'token' });
  delete process.env.HTTPS_PROXY;

  nock(ORIGIN).post(`${BASE}/body`, { a: 1 }).reply(200);
  await call({ method: 'POST', path: 'body', jwt: 'token', body: { a: 2 } });
  await call({ method: 'GET', path: 'unmatched', jwt: 'token' });
  tell({ pending: nock.pendingMocks(), asked });
  nock.cleanAll();
  await call({ method: 'GET', path: 'unmatched', jwt: 'token' });
});
