'use strict';

// Runs the programs that interrupt requests, come back in, throw and unload, in their short forms: each call must settle once, with
// its own response, and the process must end by itself. `npm run matrix` runs them on every version of Node, and `grow.js` as well.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('../../support/child');
const { echo } = require('./server');

const PROGRAMS = {
  interrupt: 'calls get their own answers when JavaScript is interrupted between them',
  reenter: 'calls get their own answers when a caller’s objects send requests',
  throw: 'what a caller’s object throws concerns its own call alone',
  unload: 'copies of the package are collected when they are not used, and not while they are',
};

describe('interrupted requests', () => {
  let server;
  let folder;
  let env;

  before(async () => {
    server = await echo();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'interruptions-'));
    const ca = path.join(folder, 'ca.pem');
    fs.writeFileSync(ca, server.ca);
    env = { ECHO_HOST: server.host, ECHO_PORT: String(server.port), NODE_EXTRA_CA_CERTS: ca };
  });

  after(async () => {
    await server.close();
    fs.rmSync(folder, { recursive: true });
  });

  for (const [name, promise] of Object.entries(PROGRAMS)) {
    it(promise, async () => {
      const program = path.join(__dirname, `${name}.js`);
      const { code, stdout, stderr, timedOut } = await run(program, {
        env,
        execArgv: ['--expose-gc'],
        timeout: 120_000,
      });
      assert.ok(code === 0 && !timedOut, `${code}\n${stdout}\n${stderr.slice(0, 4000)}`);
    });
  }
});
