'use strict';

// When a process that has made requests ends, and when it does not.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const { run } = require('./support/child.js');
const { names } = require('./support/packages.js');
const { record } = require('./support/recorder.js');
const { churn } = require('../soak/soak.js');

describe('the life of a process', () => {
  let server;
  let folder;
  let respond;

  before(async () => {
    server = await record({ respond: (request) => respond(request) });
    folder = mkdtempSync(path.join(tmpdir(), 'pusher-platform-lifecycle-'));
    writeFileSync(path.join(folder, 'ca.pem'), server.ca);
  });

  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const answer = () => ({ status: 200, headers: [['content-length', '2']], body: '{}' });

  // Runs `body` with an Instance of the server's.
  const program = (body) =>
    run(
      `const { Instance, SDKInfo } = require('${names.ours}');
      const instance = () => new Instance({
        locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
        host: '${server.host}', port: ${server.port},
        sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
      });
      ${body}`,
      { env: { NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') } },
    );

  it('ends by itself within a second of the answer', async () => {
    respond = answer;
    const { json, code } = await program(`
      let answered;
      process.on('exit', () => console.log(JSON.stringify(Date.now() - answered)));
      instance().request({ method: 'GET', path: 'a' }).then(() => { answered = Date.now(); });`);
    assert.equal(code, 0);
    assert.ok(json < 1000, `${json} ms`);
  });

  it('goes on while requests are pending', async () => {
    // The answer takes as long as another process lives, and is seen only if the first one does.
    respond = async () => {
      await run('0');
      return answer();
    };
    const { json } = await program(`
      const requests = ['a', 'b'].map((path) => instance().request({ method: 'GET', path }));
      Promise.all(requests).then((all) => console.log(JSON.stringify(all.map((r) => r.body))));`);
    assert.deepEqual(json, ['{}', '{}']);
  });

  it('ends with what was thrown, whatever is pending', async () => {
    respond = () => null;
    const { code, stderr } = await program(`
      instance().request({ method: 'GET', path: 'a' });
      setImmediate(() => { throw new Error('on purpose'); });`);
    assert.equal(code, 1);
    assert.match(stderr, /on purpose/);
  });

  it('survives workers that come and go, most of them with requests in flight', async () => {
    const ended = await churn({ workers: 24, inFlight: 200, rounds: 4, atOnce: 4, growth: 0.5 });
    assert.deepEqual(ended, {
      terminated: 12,
      exits: 6,
      throws: 6,
      leaves: 6,
      'exits and sends': 4,
    });
  });
});
