'use strict';

// Tests what happens where the system refuses threads, and how many look-ups run at the same time.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('../../support/child');
const { names } = require('../../support/packages');
const { record } = require('../../support/recorder');
const { canRefuse, dropRoot, threadsOf } = require('../../support/threads');

const ROOT = path.resolve(__dirname, '../../..');

/** Returns a program's function that makes a call to a host. */
const CALL = (port) => `
  const { Instance, SDKInfo } = require('${names.ours}');
  const call = (host) => new Instance({
    locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1', host, port: ${port},
    sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
  }).request({ method: 'GET', path: 'a' }).then(
    ({ statusCode }) => statusCode,
    ({ name, message, code, errno, syscall }) => ({ name, message, code, errno, syscall }),
  );`;

let server;
let folder;
let ca;
before(async () => {
  server = await record();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'threads-'));
  // A process that has given up the rights of root may read the certificate late.
  fs.chmodSync(folder, 0o755);
  ca = path.join(folder, 'ca.pem');
  fs.writeFileSync(ca, server.ca);
});
after(async () => {
  await server.close();
  fs.rmSync(folder, { recursive: true });
});

describe('where the system refuses threads', () => {
  const skip = !canRefuse && 'wants Linux, prlimit, and the right to limit a process';

  it('a call fails with the code of the system, and the next one succeeds once there are some', {
    skip,
  }, async (t) => {
    const program = `${CALL(server.port)}
      ${dropRoot}
      process.on('message', async (host) => process.send(await call(host)));
      process.send('ready');`;
    const child = spawn(process.execPath, ['-e', program], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    t.after(() => child.kill('SIGKILL'));
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`The program ended with ${signal || code}: ${stderr}`);
    });
    const told = async () => (await Promise.race([once(child, 'message'), ended]))[0];
    const ask = (host) => {
      child.send(host);
      return told();
    };
    assert.equal(await told(), 'ready');

    const threads = threadsOf(child.pid);
    const refused = (syscall) => ({
      name: 'Error',
      message: `${syscall} EAGAIN`,
      code: 'EAGAIN',
      errno: -os.constants.errno.EAGAIN,
      syscall,
    });
    // The first call needs the thread of the runtime; a host that is a name needs one for its look-up.
    threads.refuse();
    assert.deepEqual(await ask('127.0.0.1'), refused('connect'));
    threads.grant();
    assert.equal(await ask('127.0.0.1'), 200);
    threads.refuse();
    assert.deepEqual(await ask('localhost'), refused('getaddrinfo'));
    threads.grant();
    assert.equal(await ask('localhost'), 200);
    // Node itself may warn that it has no threads.
    assert.doesNotMatch(stderr, /panick/);
  });
});

describe('as many host names are looked up at the same time as Node has threads for it', () => {
  const skip = process.platform !== 'linux' && 'wants Linux';
  let library;
  before(() => {
    if (skip) return;
    library = path.join(folder, 'lookups.so');
    const source = path.join(__dirname, '../../support/lookups.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source]);
  });

  for (const size of [undefined, '1', '7', ' 12 threads', 'many', '0']) {
    it(`with UV_THREADPOOL_SIZE=${size}`, { skip }, async () => {
      const env = size === undefined ? {} : { UV_THREADPOOL_SIZE: size };
      // The first work in the pool starts its threads.
      const { json: ofNode } = await run(
        `const fs = require('fs');
        const count = () => fs.readdirSync('/proc/self/task').length;
        const before = count();
        fs.promises.stat('.').then(() => console.log(count() - before));`,
        { env },
      );
      const file = path.join(folder, 'count');
      fs.writeFileSync(file, Buffer.alloc(4));
      const { json } = await run(
        `${CALL(server.port)}
        const count = () => require('fs').readFileSync(process.env.COUNTED_LOOKUPS).readUInt32LE();
        const main = async () => {
          for (let each = 0; each < ${ofNode + 3}; each += 1) call(each + '.invalid');
          while (count() < ${ofNode}) await call('127.0.0.1');
          // Whatever has been asked for by now has been begun.
          const last = await call('127.0.0.1');
          console.log(JSON.stringify([count(), last]));
          process.kill(process.pid, 'SIGKILL');
        };
        main();`,
        { env: { ...env, NODE_EXTRA_CA_CERTS: ca, LD_PRELOAD: library, COUNTED_LOOKUPS: file } },
      );
      assert.deepEqual(json, [ofNode, 200]);
    });
  }
});
