'use strict';

// Tests when a process that has made requests ends, and when it stays alive.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const { run } = require('../support/child.js');
const { names } = require('../support/packages.js');
const { record } = require('../support/recorder.js');
const { churn, load } = require('../../soak/soak.js');

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

  // Runs `body` with a function that makes an Instance for the server.
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

  it('ends by itself once it has the answer, though the connection is kept', async () => {
    respond = answer;
    const { json, code, timedOut } = await program(`
      process.on('exit', () => console.log(JSON.stringify(body)));
      let body;
      instance().request({ method: 'GET', path: 'a' }).then((answer) => { body = answer.body; });`);
    assert.deepEqual({ json, code, timedOut }, { json: '{}', code: 0, timedOut: false });
  });

  it('goes on while requests are pending', async () => {
    // The server responds only after another process has run; the program sees the response only if it stays alive until then.
    respond = async () => {
      await run('0');
      return answer();
    };
    const { json } = await program(`
      const requests = ['a', 'b'].map((path) => instance().request({ method: 'GET', path }));
      Promise.all(requests).then((all) => console.log(JSON.stringify(all.map((r) => r.body))));`);
    assert.deepEqual(json, ['{}', '{}']);
  });

  // Ends the program by `how` with this many requests that never receive a response.
  const pending = (how) => {
    respond = () => null;
    return program(`
      const send = (count) => {
        const client = instance();
        for (let n = 0; n < count; n += 1) client.request({ method: 'GET', path: 'a' });
      };
      send(200);
      ${how}`);
  };

  it('ends with what was thrown, whatever is pending', async () => {
    const { code, stderr } = await pending(`
      setImmediate(() => { throw new Error('on purpose'); });`);
    assert.equal(code, 1);
    assert.match(stderr, /on purpose/);
  });

  it('ends with the code of process.exit, whatever is pending', async () => {
    const { code, stderr } = await pending('setImmediate(() => process.exit(7));');
    assert.deepEqual({ code, stderr }, { code: 7, stderr: '' });
  });

  it('sends requests from an exit handler to nowhere', async () => {
    const { code, stderr, json } = await pending(`
      process.on('exit', (code) => {
        send(200);
        console.log(JSON.stringify(code));
      });
      setImmediate(() => process.exit(4));`);
    assert.deepEqual({ code, stderr, json }, { code: 4, stderr: '', json: 4 });
  });

  it('sends a first request from an exit handler to nowhere', async () => {
    const { code, stderr } = await program(`
      process.exitCode = 5;
      process.on('exit', () => instance().request({ method: 'GET', path: 'a' }));`);
    assert.deepEqual({ code, stderr }, { code: 5, stderr: '' });
  });

  it('ends by a signal, whatever is pending', async () => {
    const { code, signal } = await pending(`
      setImmediate(() => process.kill(process.pid, 'SIGTERM'));`);
    // Windows has no signals: there, the process ends with an exit code.
    assert.ok(signal === 'SIGTERM' || process.platform === 'win32', `${signal}, ${code}`);
  });

  it('leaves signals to their handlers', async () => {
    if (process.platform === 'win32') {
      return;
    }
    const { code, signal } = await pending(`
      process.on('SIGTERM', () => process.exit(6));
      setImmediate(() => process.kill(process.pid, 'SIGTERM'));`);
    assert.deepEqual({ code, signal }, { code: 6, signal: null });
  });

  it('goes on when standard input ends', async () => {
    let ended;
    const inputEnded = new Promise((resolve) => {
      ended = resolve;
    });
    // The server responds to the first request once the second request reports that the input has ended.
    respond = async ({ target }) => {
      if (target.endsWith('/ended')) {
        ended();
      }
      await inputEnded;
      return answer();
    };
    const { code, json } = await program(`
      const client = instance();
      process.exitCode = 8;
      const first = client.request({ method: 'GET', path: 'first' });
      process.stdin.resume().on('end', () => client.request({ method: 'GET', path: 'ended' }));
      first.then(({ body }) => console.log(JSON.stringify(body)));`);
    assert.deepEqual({ code, json }, { code: 8, json: '{}' });
  });

  it('ends with the failure of a call that nobody handles', async () => {
    const { code, stderr } = await program(`
      process.on('uncaughtException', ({ code }) => process.exit(code === 'ECONNREFUSED' ? 9 : 2));
      const taken = require('net').createServer().listen(0, '127.0.0.1', () => {
        const { port } = taken.address();
        taken.close(() => new Instance({
          locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
          host: '127.0.0.1', port, sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
        }).request({ method: 'GET', path: 'a' }));
      });`);
    assert.deepEqual({ code, stderr }, { code: 9, stderr: '' });
  });

  it('is loaded by many contexts at once', async () => {
    respond = answer;
    // Each context has a copy of the JavaScript surface of its own, made of its own built-in objects.
    const { json, code } = await program(`
      const fs = require('fs');
      const path = require('path');
      const vm = require('vm');
      const { createRequire } = require('module');
      const load = (file, context, loaded) => {
        if (loaded.has(file)) return loaded.get(file).exports;
        const module = { exports: {} };
        loaded.set(file, module);
        const real = createRequire(file);
        const requireIn = (name) => {
          const found = real.resolve(name);
          const isOurs = path.isAbsolute(found) && found.endsWith('.js');
          return isOurs && !found.includes('node_modules')
            ? load(found, context, loaded) : real(name);
        };
        vm.compileFunction(fs.readFileSync(file, 'utf8'), ['exports', 'require', 'module', '__filename', '__dirname'], {
          parsingContext: context, filename: file,
        })(module.exports, requireIn, module, file, path.dirname(file));
        return module.exports;
      };
      const entry = require.resolve('${names.ours}');
      const calls = Array.from({ length: 50 }, () => {
        const context = vm.createContext({ process, Buffer });
        const sdk = load(entry, context, new Map());
        return new sdk.Instance({
          locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
          host: '${server.host}', port: ${server.port},
          sdkInfo: new sdk.SDKInfo({ productName: 'p', version: '1' }),
        }).request({ method: 'GET', path: 'a' });
      });
      const own = calls.filter((call) => call instanceof Promise).length;
      Promise.all(calls).then((all) =>
        console.log(JSON.stringify([own, all.filter(({ body }) => body === '{}').length])));`);
    assert.equal(code, 0);
    // No promise belongs to this context.
    assert.deepEqual(json, [0, 50]);
  });

  it('starts many requests at once, and lets timers fire among them', async () => {
    const { calls, turns } = await load({ calls: 1_000 });
    assert.equal(calls, 1_000);
    assert.ok(turns >= 10, `${turns} turns`);
  });

  it('spends no thread on a server that never answers', async () => {
    const { json } = await program(`
      const { readdirSync, existsSync } = require('fs');
      const threads = () => existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0;
      const net = require('net');
      let connections = 0;
      let before;
      const silent = net.createServer(() => {
        connections += 1;
        if (connections === 1) {
          before = threads();
          for (let n = 0; n < 500; n += 1) send();
        }
        if (connections === 501) {
          console.log(JSON.stringify([before, threads()]));
          process.exit();
        }
      });
      let send;
      silent.listen(0, '127.0.0.1', () => {
        const client = new Instance({
          locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
          host: '127.0.0.1', port: silent.address().port,
          sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
        });
        send = () => client.request({ method: 'GET', path: 'a' });
        send();
      });`);
    const [before, after] = json;
    assert.equal(after, before);
  });

  it('survives workers that come and go, most of them with requests in flight', async () => {
    const ended = await churn({ workers: 24, inFlight: 200, rounds: 4, atOnce: 4, growth: 0.5 });
    assert.deepEqual(ended, {
      terminated: 8,
      exits: 4,
      throws: 4,
      leaves: 4,
      'exits and sends': 4,
    });
  });
});
