'use strict';

// Runs each program in examples/, as its README describes.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { after, before, describe, it } = require('node:test');

const { createPlatform } = require('pusher-platform-native/testing');

const { installOnce } = require('../../scripts/installed');
const { run } = require('../support/child');

const root = path.join(__dirname, '../..');
const example = (name) => path.join(root, 'examples', name);

const LOCATOR = 'v1:local:an-instance';
const KEY = 'key-id:a:secret';
const env = { PUSHER_LOCATOR: LOCATOR, PUSHER_KEY: KEY };

let platform;

before(async () => {
  platform = await createPlatform({ locator: LOCATOR, key: KEY });
});

after(() => platform.close());

/** Returns the claims of a token as the platform decodes them; the platform refuses an invalid token. */
async function claimsOf(token) {
  const { host, port, ca } = platform;
  const headers = { authorization: `Bearer ${token}` };
  const url = '/services/feeds/v1/an-instance/a';
  platform.clear();
  platform.respond({});
  const request = require('node:https').get({ host, port, ca, path: url, headers, agent: false });
  const [response] = await once(request, 'response');
  response.resume();
  assert.equal(response.statusCode, 200);
  return platform.requests[0].claims;
}

/** Compiles an example in TypeScript, and returns the folder of its JavaScript. */
async function compiled(name) {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(tsc, { args: ['--project', example(name)], timeout: 60_000 });
  assert.equal(stdout, '');
  return path.join(root, 'build/examples', name);
}

const endpoints = {
  'express.js': () => example('express.js'),
  // A copy runs with the Express that is installed beside it, and with this package.
  'express.js with Express 4': () => {
    const folder = installOnce('express-4', { express: '4' });
    const ours = path.join(folder, 'node_modules/pusher-platform-native');
    if (!fs.existsSync(ours)) fs.symlinkSync(root, ours, 'junction');
    fs.copyFileSync(example('express.js'), path.join(folder, 'express.js'));
    return path.join(folder, 'express.js');
  },
  'express-typescript': async () => path.join(await compiled('express-typescript'), 'server.js'),
  'fastify.js': () => example('fastify.js'),
};

for (const [name, programOf] of Object.entries(endpoints)) {
  describe(name, () => {
    let child;
    let url;
    let complaints = '';

    before(start, { timeout: 120_000 });

    async function start() {
      const { PATH, SystemRoot } = process.env;
      child = spawn(process.execPath, [await programOf()], {
        cwd: root,
        env: { PATH, ...(SystemRoot && { SystemRoot }), ...env, PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        complaints += text;
      });
      const lines = createInterface({ input: child.stdout });
      const [line] = await Promise.race([
        once(lines, 'line'),
        once(child, 'exit').then(() => ['the program ended']),
      ]);
      url = /^Listening on (http:.*)$/.exec(line)?.[1];
      assert(url, `${line} ${complaints}`);
    }

    after(() => child.kill());

    const ask = async (body, headers = { 'X-Session': 'session-of-zan' }) => {
      const response = await fetch(url, { method: 'POST', body, headers });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
    const form = (fields) => new URLSearchParams(fields);

    it('gives a token to the user who asks', async () => {
      const json = { 'X-Session': 'session-of-zan', 'Content-Type': 'application/json' };
      for (const { status, headers, body } of [
        await ask(form({ grant_type: 'client_credentials' })),
        await ask('{"grant_type":"client_credentials"}', json),
      ]) {
        assert.equal(status, 200);
        assert.equal(headers.get('Cache-Control'), 'no-store');
        assert.deepEqual([body.token_type, body.expires_in], ['bearer', 86400]);
        assert.equal((await claimsOf(body.access_token)).sub, 'zan');
      }
    });

    it('refuses a stranger, and a grant that does not exist', async () => {
      const grant = form({ grant_type: 'client_credentials' });
      assert.equal((await ask(grant, {})).status, 401);
      assert.equal((await ask(grant, { 'X-Session': 'constructor' })).status, 401);
      for (const body of [form({ grant_type: 'password' }), undefined]) {
        const answer = await ask(body);
        assert.equal(answer.status, 422);
        assert.equal(answer.body.error, 'token_provider/invalid_grant_type');
      }
    });

    if (name === 'express-typescript') {
      it('issues a refresh token, and exchanges it', async () => {
        const first = await ask(form({ grant_type: 'client_credentials' }));
        const { refresh_token } = first.body;
        const second = await ask(form({ grant_type: 'refresh_token', refresh_token }));
        assert.equal(second.status, 200);
        assert.equal((await claimsOf(second.body.access_token)).sub, 'zan');
        const refused = await ask(form({ grant_type: 'refresh_token', refresh_token: 'none' }));
        assert.equal(refused.status, 401);
        assert.equal(refused.body.error, 'token_provider/invalid_refresh_token');
      });
    }

    it('warns of nothing', async () => {
      const ended = once(child, 'close');
      child.kill();
      await ended;
      assert.equal(complaints, '');
    });
  });
}

describe('tokens', () => {
  it('generate-user-token.js prints one of a user', async () => {
    const { json, code } = await run(example('generate-user-token.js'), { env });
    assert.deepEqual([code, json.expires_in], [0, 86400]);
    assert.equal((await claimsOf(json.token)).sub, 'some-user-id');
  });

  it('generate-sudo-token.js prints one of a superuser', async () => {
    const { json, code } = await run(example('generate-sudo-token.js'), { env });
    assert.deepEqual([code, json.expires_in], [0, 86400]);
    assert.equal((await claimsOf(json.token)).su, true);
  });
});

describe('over the local platform', () => {
  const local = (program) => run(example('local.js'), { args: [program] });

  it('create-user.js creates one', async () => {
    const { code, stdout, stderr } = await local(example('create-user.js'));
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^201 \{\n {2}id: 'ham',\n {2}name: 'Ham Chapman',/m);
  });

  it('chatkit.js runs the service SDK over ours', async () => {
    const { code, stdout, stderr } = await local(example('chatkit.js'));
    assert.deepEqual([code, stderr], [0, '']);
    const [, ...lines] = stdout.trimEnd().split('\n');
    assert.deepEqual(lines, [
      'A token for ham, good for 86400 seconds',
      'Created Ham Chapman',
      'Again: 400 services/chatkit/bad_request/already_exists',
    ]);
    // The example resolves the name of the original to our package, so the SDK has no other package to load.
    const { json } = await run(`
      require('node:module')._load = ((load) => function (name, ...rest) {
        const loaded = load.call(this, name, ...rest);
        if (name === '@pusher/platform-node') {
          console.log(JSON.stringify(loaded === require('pusher-platform-native')));
          process.exit();
        }
        return loaded;
      })(require('node:module')._load);
      require('./examples/chatkit.js');`);
    assert.equal(json, true);
  });

  it('service-sdk compiles, and publishes', async () => {
    const program = path.join(await compiled('service-sdk'), 'program.js');
    const { code, stdout, stderr } = await local(program);
    assert.deepEqual([code, stderr], [0, '']);
    const [, ...lines] = stdout.trimEnd().split('\n');
    assert.deepEqual(lines, [
      "Published [ '1', '2' ]",
      "Read [ { text: 'two' }, 'one' ]",
      'Refused 401 authentication/jwt/invalid',
    ]);
  });

  it('demo.js walks through all of it', async () => {
    const { code, stdout, stderr } = await run(example('demo.js'));
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /Each of the 12 steps was right\.\n$/);
  });

  it('local.js tells how the program ended', async () => {
    const { code } = await local(path.join(root, 'no-such-program.js'));
    assert.equal(code, 1);
  });
});

describe('services of the local platform', () => {
  /** Returns the responses of a service to several requests, one after another. */
  const answersOf = (serve, requests) => {
    const routes = {};
    serve({ on: (method, _path, responder) => Object.assign(routes, { [method]: responder }) });
    return requests.map(([method, request]) => routes[method]({ params: {}, ...request }));
  };

  it('feeds.js keeps items, newest first, and refuses what are none', () => {
    const params = { id: 'a' };
    const [none, added, more, other, kept, ...refused] = answersOf(
      require('../../examples/feeds'),
      [
        ['GET', { params }],
        ['POST', { params, body: { items: ['a', { b: 1 }] } }],
        ['POST', { params, body: { items: [null] } }],
        ['GET', { params: { id: 'b' } }],
        ['GET', { params }],
        ...[undefined, null, [], {}, { items: {} }].map((body) => ['POST', { params, body }]),
      ],
    );
    assert.deepEqual([none.body.items, other.body.items], [[], []]);
    assert.deepEqual([added.body.item_ids, more.body.item_ids], [['1', '2'], ['3']]);
    const facts = kept.body.items.map(({ id, data }) => [id, data]);
    assert.deepEqual(facts, [
      ['3', null],
      ['2', { b: 1 }],
      ['1', 'a'],
    ]);
    for (const { status } of refused) assert.equal(status, 422);
    assert.equal(refused.length, 5);
  });

  it('users.js creates users for superusers, once', () => {
    const body = { id: 'ham' };
    const [forbidden, missing, created, again, found] = answersOf(require('../../examples/users'), [
      ['POST', { body, claims: {} }],
      ['GET', { params: body }],
      ['POST', { body, claims: { su: true } }],
      ['POST', { body, claims: { su: true } }],
      ['GET', { params: body }],
    ]);
    assert.deepEqual([forbidden.status, missing.status, again.status], [403, 404, 400]);
    assert.equal(created.status, 201);
    assert.deepEqual(found.body, created.body);
  });
});

it('each of them is run here', () => {
  const here = fs.readFileSync(__filename, 'utf8');
  // These files are parts of other examples.
  const parts = ['README.md', 'feeds.js', 'users.js', 'walk.js'];
  for (const name of fs.readdirSync(example(''))) {
    assert(parts.includes(name) || here.includes(`'${name}'`), name);
  }
});
