'use strict';

// Tests what `npx pusher-platform-native doctor` says of hosts that can be reached and of those that cannot, and of the addon.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('../support/child.js');
const { authority, issue, selfSigned } = require('../../testing/certificates');
const { createPlatform } = require('../../testing');

const ROOT = path.resolve(__dirname, '../..');

/** Runs the doctor, of this project or of a copy in another folder. */
const doctor = (args, { root = ROOT, ...options } = {}) =>
  run(path.join(root, 'doctor/cli.js'), { args, ...options });

/** Returns the lines of a text by their first words. */
function linesOf({ stdout }) {
  assert.doesNotMatch(stdout, / {2}/);
  const lines = stdout.trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/: (.*)/, 2)));
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
    assert.match(lines['this package'], /^\d+ ms, answered 401$/);
    assert.match(lines['node look-up'], /^\d+ ms, 127\.0\.0\.1/);
    assert.match(lines['node connection'], /^\d+ ms, 127\.0\.0\.1$/);
    assert.match(lines['node handshake'], /^\d+ ms, TLSv1\.\d, /);
    assert.match(lines['added by'], /ca\.pem: 1 certificate$/);
    assert.equal(lines['this call was sent'], 'natively, by the addon');
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
      assert.match(lines[line], /^FAILED: (UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)\w+: .*--ca FILE\.$/);
    }
    assert.match(lines['node handshake'], /the certificate of "Local test authority" in PEM/);
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
    const advice = `Check the host, and whether the server listens on port ${port}.`;
    const refused = `FAILED: connect ECONNREFUSED 127.0.0.1:${port}. ${advice}`;
    assert.equal(lines['this package'], refused);
    assert.equal(lines['node connection'], refused);
    assert.equal(lines['node handshake'], undefined);
    assert.equal(found.code, 1);
  });

  it('says that a name is unknown', async () => {
    const found = await doctor(['doctor', '--host', 'nowhere.invalid']);
    const lines = linesOf(found);
    assert.match(
      lines['node look-up'],
      /^FAILED: getaddrinfo \w+ nowhere\.invalid\. Check the name/,
    );
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
      const refused =
        /^FAILED: The proxy has answered 403\. Ask whoever runs the proxy .* NO_PROXY\.$/;
      assert.match(lines['node tunnel'], refused);
      assert.equal(lines['node handshake'], undefined);
      assert.equal(found.code, 1);
      assert.ok(asked.every((authority) => authority === `${platform.host}:${platform.port}`));
      assert.ok(asked.length >= 2);
      assert.match(lines['this package'], / NO_PROXY\.$/);
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
    for (const part of [
      'index.js',
      'lib',
      'doctor',
      'package.json',
      'node_modules/qs',
      'testing',
    ]) {
      fs.cpSync(path.join(ROOT, part), path.join(root, part), { recursive: true });
    }
    const env = { ...trusted, PUSHER_PLATFORM_BINDING: 'native' };
    const found = await doctor(['doctor', ...host], { root, env });
    const lines = linesOf(found);
    assert.match(lines.addon, /no binary for .* optional dependency/);
    assert.equal(lines['this package'], undefined);
    assert.match(lines.verdict, /cannot work/);
    assert.equal(found.code, 1);

    if (fs.existsSync(path.join(root, 'lib/binding/core.wasm'))) {
      const instead = await doctor(['doctor', ...host], { root, env: trusted });
      assert.match(linesOf(instead).addon, /^none; the WebAssembly module serves: .*core\.wasm$/);
      assert.match(linesOf(instead)['calls are sent'], /the core runs as WebAssembly/);
      assert.equal(instead.code, 0);
    }
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
    assert.match(lines.sha256, /is NOT that of build\.json: install the package again$/);
    assert.equal(changed.code, 1);
  });

  const wrong = {
    '': 'A command is missing.',
    nurse: 'There is no command nurse.',
    'doctor --port': '--port needs a value.',
    'doctor --host': '--host needs a value.',
    'doctor --host=': '--host needs a value.',
    'doctor --port 443': '--port needs --host as well.',
    'doctor --ca ca.pem': '--ca needs --host as well.',
    'doctor --host a --port 0': '--port must be a number from 1 to 65535, and not 0.',
    'doctor --host a --port=x': '--port must be a number from 1 to 65535, and not x.',
    'doctor x': 'There is no argument x.',
    'doctor --hots a': 'There is no argument --hots.',
    'doctor --host a.example:8443':
      '--host must be a name or an IP address alone: --host a.example --port 8443',
    'doctor --host=https://user:a-secret@a.example:8443/path':
      '--host must be a name or an IP address alone: --host a.example --port 8443',
    'doctor --host http://[::1]/': '--host must be a name or an IP address alone: --host ::1',
  };
  it('names a wrong argument, and tells its usage', async () => {
    for (const [line, message] of Object.entries(wrong)) {
      const { code, stdout, stderr } = await doctor(line.split(' ').filter(Boolean));
      assert.deepEqual([code, stdout], [2, ''], line);
      const [first, , usage] = stderr.split('\n');
      assert.equal(first, message);
      assert.match(usage, /^Usage: pusher-platform-native doctor/);
    }
  });

  it('tells its usage and its version to whoever asks', async () => {
    const { version } = require('../../package.json');
    const told = { '--help': /^Usage: /, 'doctor --help': /^Usage: /, '--version': version };
    for (const [line, text] of Object.entries(told)) {
      const { code, stdout, stderr } = await doctor(line.split(' '));
      assert.deepEqual([code, stderr], [0, ''], line);
      assert[typeof text === 'string' ? 'equal' : 'match'](stdout.trimEnd(), text);
    }
  });

  it('says that a variable has no meaning', async () => {
    const env = { ...trusted, PUSHER_PLATFORM_TRANSPORT: 'bogus' };
    const found = await doctor(['doctor', ...host], { env });
    assert.match(linesOf(found)['calls are sent'], /it is "bogus"\. Correct the variable/);
    assert.equal(found.code, 1);
    const { code, stdout } = await doctor(['doctor', '--json'], { env });
    assert.match(JSON.parse(stdout).calls.error, /"bogus"/);
    assert.equal(code, 1);
  });

  describe('with a file of certificates', () => {
    /** Writes a file, and returns its name. */
    const written = (name, text) => {
      const file = path.join(folder, name);
      fs.writeFileSync(file, text);
      return file;
    };

    it('trusts them', async () => {
      const file = written('trusted.pem', platform.ca);
      const found = await doctor(['doctor', `--ca=${file}`, ...host]);
      const lines = linesOf(found);
      assert.equal(lines.ca, `${file}: 1 certificate`);
      assert.match(lines['this package'], /answered 401$/);
      assert.equal(found.code, 0);
    });

    it('says that it cannot be read, or has none', async () => {
      const faults = {
        [path.join(folder, 'none.pem')]: /ENOENT.*\. Name a file in PEM that can be read\.$/,
        [written('empty.pem', 'nothing')]: /It has no certificate\. Name a file/,
      };
      for (const [file, fault] of Object.entries(faults)) {
        const found = await doctor(['doctor', '--ca', file, ...host]);
        assert.match(linesOf(found).ca, fault);
        assert.equal(found.code, 1);
      }
    });

    it('says why a call to a server that is its own root goes through the client of Node', async () => {
      const certificate = selfSigned({ ipAddresses: ['127.0.0.1'] });
      const server = https.createServer({ cert: certificate.cert, key: certificate.key });
      server.on('request', (_request, response) => response.end());
      const port = await listening(server);
      const file = written('own.pem', certificate.cert);
      const args = ['doctor', '--host', '127.0.0.1', '--port', port, '--ca', file];
      const found = await doctor(args);
      const lines = linesOf(found);
      assert.match(lines['this package'], /answered 200$/);
      assert.match(lines['this call was sent'], /^through Node's own https: ./);
      const { reached } = JSON.parse((await doctor([...args, '--json'])).stdout);
      assert.equal(reached.package.transport, 'node');
      assert.equal(found.code, 0);
      server.close();
    });
  });

  // What each server does, and what the doctor advises.
  const servers = {
    'plain HTTP': {
      server: () => http.createServer((_request, response) => response.end()),
      advice: /Port \d+ does not speak TLS, but perhaps plain HTTP\. Name the port of HTTPS/,
    },
    'nothing, for five seconds': {
      server: () => net.createServer(() => {}),
      advice: /(took longer than|has come for) 5.*Check the port, and whether a firewall/,
    },
    'a certificate for another name': {
      server: () => certified({ dnsNames: ['other.example'] }),
      advice: /Use a name that the certificate has/,
    },
    'a certificate that has expired': {
      server: () =>
        certified({ ipAddresses: ['127.0.0.1'], notAfter: new Date(Date.now() - 60_000) }),
      advice: /Renew the certificate of the server/,
    },
  };
  let root;
  const certified = (options) => {
    root = authority({ commonName: 'Root of the doctor' });
    const { chain: cert, key } = issue(root, options);
    return https.createServer({ cert, key });
  };
  for (const [what, { server: make, advice }] of Object.entries(servers)) {
    it(`says what to do about ${what}`, async () => {
      const server = make();
      const port = await listening(server);
      const file = path.join(folder, 'root.pem');
      fs.writeFileSync(file, root ? root.ca : platform.ca);
      const found = await doctor(['doctor', '--host=127.0.0.1', `--port=${port}`, '--ca', file]);
      const lines = linesOf(found);
      for (const line of ['this package', 'node handshake']) {
        assert.match(lines[line], advice, line);
      }
      assert.equal(found.code, 1);
      server.close();
    });
  }

  /** Has a server listen, and returns its port. */
  async function listening(server) {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return String(server.address().port);
  }

  it('says that a SOCKS proxy is not supported', async () => {
    const socks = net.createServer((socket) => socket.destroy());
    const port = await listening(socks);
    const env = { ...trusted, HTTPS_PROXY: `socks5://127.0.0.1:${port}` };
    const found = await doctor(['doctor', ...host], { env });
    assert.match(linesOf(found)['this package'], /begins with http:\/\/ or https:\/\/, the only/);
    assert.equal(found.code, 1);
    socks.close();
  });
});
