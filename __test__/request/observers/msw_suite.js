'use strict';

// A test suite as programs write it for the original, with msw: prints the outcome of each of its calls. The arguments are msw
// and the package.

const { http, HttpResponse, delay } = require('msw');
const { setupServer } = require('msw/node');
const { calling, report } = require('./suite');

const BASE = 'https://us1.pusherplatform.io/services/feeds/v1/an-instance';

report(async (tell) => {
  const call = calling(process.argv[3], tell);
  const asked = [];
  const server = setupServer(
    http.get(`${BASE}/answer`, ({ request }) =>
      HttpResponse.json({ url: request.url }, { headers: { 'X-Y': 'z' } }),
    ),
    http.post(`${BASE}/body`, async ({ request }) => {
      asked.push(Object.fromEntries(request.headers), await request.text());
      return HttpResponse.json({ a: 1 }, { status: 201 });
    }),
    http.put(`${BASE}/text`, async ({ request }) => HttpResponse.json(await request.json())),
    http.delete(`${BASE}/users/:id`, ({ params }) => HttpResponse.text(params.id)),
    http.get(`${BASE}/refused`, () =>
      HttpResponse.json({ error: 'not_found', error_description: 'No' }, { status: 404 }),
    ),
    http.get(`${BASE}/unreadable`, () => HttpResponse.text('oh no', { status: 500 })),
    http.get(`${BASE}/error`, () => HttpResponse.error()),
    http.get(`${BASE}/moved`, () => HttpResponse.redirect('https://us1.pusherplatform.io/there')),
    http.get('https://us1.pusherplatform.io/there', () => HttpResponse.text('there')),
    http.get(`${BASE}/late`, async () => {
      await delay(20);
      return HttpResponse.text('late');
    }),
  );
  server.events.on('request:start', ({ request }) => asked.push([request.method, request.url]));
  server.listen({ onUnhandledRequest: 'error' });

  await call({ method: 'GET', path: 'answer', qs: { x: 1 } });
  const body = { a: [1, { b: 'é' }] };
  await call({ method: 'POST', path: 'body', headers: { 'X-Own': 'a' }, jwt: 'token', body });
  await call({ method: 'PUT', path: 'text', jwt: 'token', body: 'text' });
  await call({ method: 'DELETE', path: 'users/zan', jwt: 'token' });
  for (const path of ['refused', 'unreadable', 'error', 'moved', 'late', 'unhandled']) {
    await call({ method: 'GET', path, jwt: 'token' });
  }
  // No request goes to a proxy from the environment if an interceptor responds to it.
  process.env.HTTPS_PROXY = 'http://user:password@127.0.0.1:9';
  await call({ method: 'GET', path: 'answer', jwt: 'token' });
  delete process.env.HTTPS_PROXY;
  server.use(http.get(`${BASE}/late`, () => HttpResponse.text('at once')));
  await call({ method: 'GET', path: 'late', jwt: 'token' });
  server.close();
  tell({ asked });
});
