'use strict';

// Tests what `npx pusher-platform-native doctor` says of hosts that can be reached and of those that cannot, and of the addon.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('../support/child.js');
const { createPlatform } = require('../../testing');

const ROOT = path.resolve(__dirname, '../..');

/** Runs the doctor, of this project or of a copy in another folder. */
const doctor = (args, { root = ROOT, ...options } = {}) =>
  run(path.join(root, 'doctor/cli.js'), { args, ...options });

/** Returns the lines of a text by their first words. */
function linesOf({ stdout }) {
  const lines = stdout.trimEnd().split('\n');
  const width = lines[0].indexOf('pusher-platform-native');
  return Object.fromEntries(lines.map((line) => [line.slice(0, width).trim(), line.slice(width)]));
}

describe('The doctor', () => {
  let folder;
  let platform;
  let trusted;
  let host;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'doctor-'));
    platform = await createPlatform({ locator: 'v1:local:id', key: 'id:secret' });
    const file = path.join(folder, 'ca.pem');
    fs.writeFileSync(file, platform.ca);
    trusted = { NODE_EXTRA_CA_CERTS: file };
    host = ['--host', platform.host, '--port', String(platform.port)];
  });

  after(async () => {
    await platform.close();
    fs.rmSync(folder, { recursive: true });
  });

  it('finds nothing amiss with a good host', async () => {
    const found = await doctor(['doctor', ...host], { env: trusted });
    const lines = linesOf(found);
    assert.match(lines['this package'], /^\d+ ms, answered 404$/);
    assert.match(lines['node look-up'], /^\d+ ms, 127\.0\.0\.1/);
    assert.match(lines['node connection'], /^\d+ ms, 127\.0\.0\.1$/);
    assert.match(lines['node handshake'], /^\d+ ms, TLSv1\.\d, /);
    assert.match(lines['added by'], /ca\.pem: 1 certificates$/);
    assert.match(lines['calls are sent'], /^natively/);
    assert.equal(lines.proxies, 'none');
    assert.equal(lines.verdict, 'calls can work');
    assert.equal(found.code, 0);
  });

  it('says the same to machines', async () => {
    const { code, stdout } = await doctor(['doctor', '--json', ...host], { env: trusted });
    const report = JSON.parse(stdout);
    assert.equal(code, 0);
    assert.equal(report.works, true);
    assert.equal(report.addon.isAsBuilt, true);
    assert.equal(report.addon.build.sha256, report.addon.sha256);
    assert.equal(report.calls.transport, 'native');
    assert.deepEqual(Object.keys(report.reached.node), ['look-up', 'connection', 'handshake']);
    assert.equal(report.node.version, process.version);
  });

  it('says why a certificate is not trusted', async () => {
    const found = await doctor(['doctor', ...host]);
    const lines = linesOf(found);
    for (const line of ['this package', 'node handshake']) {
      assert.match(lines[line], /^FAILED: (UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)\w+: /);
    }
    assert.equal(lines['this package'], lines['node handshake']);
    assert.match(lines['node connection'], /^\d+ ms/);
    assert.match(lines.verdict, /cannot work/);
    assert.equal(found.code, 1);
  });

  it('says that certificates are not checked', async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const found = await doctor(['doctor', ...host], { env });
    const lines = linesOf(found);
    assert.match(lines.certificates, /^NOT CHECKED/);
    assert.match(lines['node handshake'], /^\d+ ms/);
    assert.equal(found.code, 0);
  });

  it('says that a port is closed', async () => {
    const server = http.createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    const found = await doctor(['doctor', '--host', '127.0.0.1', '--port', String(port)]);
    const lines = linesOf(found);
    const refused = `FAILED: connect ECONNREFUSED 127.0.0.1:${port}`;
    assert.equal(lines['this package'], refused);
    assert.equal(lines['node connection'], refused);
    assert.equal(lines['node handshake'], undefined);
    assert.equal(found.code, 1);
  });

  it('says that a name is unknown', async () => {
    const found = await doctor(['doctor', '--host', 'nowhere.invalid']);
    const lines = linesOf(found);
    assert.match(lines['node look-up'], /^FAILED: getaddrinfo \w+ nowhere\.invalid$/);
    assert.equal(lines['this package'], lines['node look-up']);
    assert.equal(lines['node connection'], undefined);
    assert.equal(found.code, 1);
  });

  describe('with a proxy', () => {
    let proxy;
    let answer;
    let asked;

    before(async () => {
      proxy = http.createServer();
      proxy.on('connect', (request, socket) => {
        asked.push(request.url);
        socket.end(`HTTP/1.1 ${answer}\r\n\r\n`);
      });
      await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    });

    after(() => proxy.close());

    it('says that the proxy refuses, and tells no secret', async () => {
      answer = '403 Forbidden';
      asked = [];
      const address = `127.0.0.1:${proxy.address().port}`;
      const env = { ...trusted, HTTPS_PROXY: `http://user:a-secret@${address}` };
      const found = await doctor(['doctor', ...host], { env });
      const lines = linesOf(found);
      assert.equal(lines.proxies, `HTTPS_PROXY=http://***@${address}`);
      assert.ok(lines.host.includes(`, through the proxy http://${address}`), lines.host);
      assert.match(lines['this package'], /^FAILED: .*tunneling socket could not be established/);
      assert.match(lines['node connection'], /^\d+ ms, 127\.0\.0\.1$/);
      assert.equal(lines['node tunnel'], 'FAILED: The proxy has answered 403');
      assert.equal(lines['node handshake'], undefined);
      assert.equal(found.code, 1);
      assert.ok(asked.every((authority) => authority === `${platform.host}:${platform.port}`));
      assert.ok(asked.length >= 2);
      const { stdout } = await doctor(['doctor', '--json', ...host], { env });
      for (const text of [stdout, found.stdout, found.stderr]) {
        assert.doesNotMatch(text, /a-secret|user:|dXNlcjphLXNlY3JldA/);
      }
    });

    it('goes past the proxy to a host in NO_PROXY', async () => {
      const env = {
        ...trusted,
        HTTPS_PROXY: `http://127.0.0.1:${proxy.address().port}`,
        NO_PROXY: platform.host,
      };
      asked = [];
      const found = await doctor(['doctor', ...host], { env });
      const lines = linesOf(found);
      assert.equal(lines.host, `${platform.host}, port ${platform.port}`);
      assert.equal(found.code, 0);
      assert.deepEqual(asked, []);
    });
  });

  it('says that the program has chosen the client of Node', async () => {
    const execArgv = ['--require', path.join(ROOT, 'testing/node-http.js')];
    const found = await doctor(['doctor'], { execArgv });
    assert.match(linesOf(found)['calls are sent'], /^through Node's own https: .*node-http/);
    assert.equal(found.code, 0);
  });

  it('says that the binary is missing', async () => {
    const root = path.join(folder, 'without');
    for (const part of ['index.js', 'lib', 'doctor', 'package.json']) {
      fs.cpSync(path.join(ROOT, part), path.join(root, part), { recursive: true });
    }
    const found = await doctor(['doctor', ...host], { root, env: trusted });
    const lines = linesOf(found);
    assert.match(lines.addon, /no binary for .* optional dependency/);
    assert.equal(lines['this package'], undefined);
    assert.match(lines.verdict, /cannot work/);
    assert.equal(found.code, 1);
  });

  it('says that the binary is another than the one that was built', async () => {
    const { addon } = JSON.parse((await doctor(['doctor', '--json'])).stdout);
    const file = path.join(folder, 'other.node');
    fs.copyFileSync(addon.file, file);
    const env = { NAPI_RS_NATIVE_LIBRARY_PATH: file };
    const alone = await doctor(['doctor'], { env });
    assert.match(linesOf(alone).sha256, /no build\.json beside it/);
    assert.equal(alone.code, 0);

    fs.writeFileSync(path.join(folder, 'build.json'), JSON.stringify(addon.build));
    assert.match(linesOf(await doctor(['doctor'], { env })).sha256, /, as in build\.json$/);

    fs.appendFileSync(file, 'x');
    const changed = await doctor(['doctor'], { env });
    const lines = linesOf(changed);
    assert.equal(lines.addon, file);
    assert.match(lines.sha256, /is NOT that of build\.json$/);
    assert.equal(changed.code, 1);
  });

  it('tells its usage for anything else', async () => {
    for (const args of [
      [],
      ['nurse'],
      ['doctor', '--port'],
      ['doctor', '--port', '0'],
      ['doctor', '--host'],
      ['doctor', 'x'],
    ]) {
      const { code, stdout, stderr } = await doctor(args);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /^Usage: pusher-platform-native doctor/);
    }
  });
});
