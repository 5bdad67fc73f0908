'use strict';

// Holds what a caller is told where the operating system refuses a connection to what the published original tells: no
// route, no neighbour, no name server, no local port and no file descriptor are left, for real, in a network namespace of
// the test's own.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { run } = require('../support/child.js');
const { names } = require('../support/packages.js');

// Tells each error as JSON, in one line at the end.
const PROGRAM = `
  const fs = require('fs');
  const net = require('net');
  const util = require('util');
  const { Instance, SDKInfo } = require(process.argv[1]);
  const errors = [];
  const request = async (host, port = 443) => {
    const instance = new Instance({
      locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1', host, port,
      sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
    });
    const error = await instance.request({ method: 'GET', path: 'a' }).catch((reason) => reason);
    errors.push({ host, message: error.message, ...error });
  };
  const main = async () => {
    BODY
    console.log(JSON.stringify(errors));
    process.exit();
  };
  main();`;

/**
 * Runs `body` over a package, after the commands of `setup` in a shell.
 * @param {string} name of the package
 * @param {{ setup: string, body: string, isolated?: boolean }} scene
 */
async function tellsOf(name, { setup, body, isolated }) {
  // An own user namespace does for root, where the system lets anyone have one.
  const unshare = process.getuid() === 0 ? ['unshare', '--net'] : ['unshare', '-r', '--net'];
  const [node, ...before] = isolated ? unshare.concat('sh') : ['sh'];
  const ended = await run(PROGRAM.replace('BODY', body), {
    node,
    execArgv: [
      ...before,
      '-ec',
      `PATH=$PATH:/usr/sbin:/sbin; ${setup}; exec "$0" "$@"`,
      process.execPath,
    ],
    args: [name],
    timeout: 60_000,
  });
  return ended.json;
}

async function compare(scene) {
  const [original, ours] = [await tellsOf(names.original, scene), await tellsOf(names.ours, scene)];
  assert.deepEqual(ours, original);
  return ours.map(({ code }) => code);
}

// Network namespaces are Linux's.
const suite = process.platform === 'linux' ? describe : () => {};

suite('a connection that the system refuses', () => {
  it('has no route', async () => {
    const setup = `
      ip link set lo up
      ip route add unreachable 10.1.0.0/16; ip -6 route add unreachable fd01::/16
      ip route add prohibit 10.2.0.0/16; ip -6 route add prohibit fd02::/16
      ip route add blackhole 10.3.0.0/16; ip -6 route add blackhole fd03::/16
      ip route add throw 10.4.0.0/16`;
    const hosts = ['10.1.0.1', 'fd01::1', '10.2.0.1', 'fd02::1', '10.3.0.1', 'fd03::1', '10.4.0.1'];
    const body = `for (const host of ${JSON.stringify([...hosts, '2001:db8::1'])}) await request(host);`;
    const codes = await compare({ setup, body, isolated: true });
    const expected = ['EHOSTUNREACH', 'EACCES', 'EINVAL', 'ENETUNREACH'];
    assert.deepEqual([...new Set(codes)], expected);
  });

  it('has no neighbour', async () => {
    const setup = `
      ip link set lo up
      ip link add here type veth peer name there; ip link set here up; ip link set there up
      ip addr add 10.9.0.1/24 dev here`;
    const codes = await compare({ setup, body: `await request('10.9.0.77');`, isolated: true });
    assert.deepEqual(codes, ['EHOSTUNREACH']);
  });

  it('has no name server', async () => {
    const codes = await compare({
      setup: 'ip link set lo up',
      body: `await request('name.example');`,
      isolated: true,
    });
    assert.deepEqual(codes, ['EAI_AGAIN']);
  });

  it('has no local port left', async () => {
    const setup = `
      ip link set lo up
      echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range`;
    const body = `
      const server = net.createServer(() => {}).listen(9999, '127.0.0.1');
      const fill = (resolve) => net.connect(9999, '127.0.0.1')
        .on('connect', () => fill(resolve)).on('error', resolve);
      await new Promise((resolve) => server.on('listening', () => fill(resolve)));
      await request('127.0.0.1', 9999);`;
    assert.deepEqual(await compare({ setup, body, isolated: true }), ['EADDRNOTAVAIL']);
  });

  it('has no file descriptor left, and works again with one', async () => {
    const body = `
      await request('127.0.0.1', 1);
      const held = [];
      try {
        for (;;) held.push(fs.openSync('/dev/null'));
      } catch {
        await request('127.0.0.1', 1);
        await request('::1', 1);
        await request('localhost', 1);
      }
      for (const descriptor of held) fs.closeSync(descriptor);
      await request('127.0.0.1', 1);`;
    const codes = await compare({ setup: 'ulimit -n 64', body });
    assert.deepEqual(codes.slice(0, 3), ['ECONNREFUSED', 'EMFILE', 'EMFILE']);
  });
});
