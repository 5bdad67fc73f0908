'use strict';

// Compares the errors of connections that the operating system refuses with the published original's: a missing route, neighbour,
// name server, local port or file descriptor. The system refuses each connection for real, in a network namespace that the test
// creates.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { describe, it } = require('node:test');

const { run } = require('../../support/child.js');
const { names } = require('../../support/packages.js');

// Prints the errors as JSON in the last line.
const PROGRAM = `
  const fs = require('fs');
  const net = require('net');
  const util = require('util');
  const { Instance, SDKInfo } = require(process.argv[1]);
  const told = (host, { message, errors = [], ...properties }) => ({
    host, message, ...properties, errors: errors.map((each) => told(host, each)),
  });
  const request = async (host, port = 443) => {
    const instance = new Instance({
      locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1', host, port,
      sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
    });
    const error = await instance.request({ method: 'GET', path: 'a' }).catch((reason) => reason);
    return told(host, error);
  };
  const main = async () => {
    const errors = [];
    BODY
    console.log(JSON.stringify(errors));
    process.exit();
  };
  main();`;

// The command runs as root of the machine, or as root of a user namespace if the system lets any user create one.
const unshare = [
  ...(process.getuid?.() === 0 ? ['unshare'] : ['unshare', '--map-root-user']),
  ...['--net', '--mount'],
];
const PATHS = 'PATH=$PATH:/usr/sbin:/sbin';

// Only Linux has namespaces, and `ip` belongs to the package iproute2. `.ci/run` makes sure that both are available.
const canIsolate =
  process.platform === 'linux' &&
  spawnSync(unshare[0], [...unshare.slice(1), 'sh', '-ec', `${PATHS}; ip link set lo up`])
    .status === 0;
const isolated = canIsolate
  ? {}
  : { skip: 'wants Linux, iproute2, and the right to make a network namespace' };
const onLinux = process.platform === 'linux' ? {} : { skip: 'wants Linux' };

/**
 * Runs `body` with a package, after the commands of `setup` in a shell, and returns the errors.
 * @param {string} name the name of the package
 * @param {{ setup: string, body: string, isIsolated?: boolean }} scene
 */
async function tellsOf(name, { setup, body, isIsolated = true }) {
  const [node, ...before] = isIsolated ? [...unshare, 'sh'] : ['sh'];
  const ended = await run(PROGRAM.replace('BODY', body), {
    node,
    execArgv: [...before, '-ec', `${PATHS}; ${setup}; exec "$0" "$@"`, process.execPath],
    args: [name],
    timeout: 120_000,
  });
  return ended.json;
}

/** Returns commands that resolve names by a hosts table of the namespace's own. */
const namedHosts = (table) => `
  hosts=$(mktemp); printf '%s\\n' ${table.map((line) => `'${line}'`).join(' ')} > $hosts
  mount --bind $hosts /etc/hosts; rm $hosts`;

const requestEach = (hosts, port = 443) =>
  `errors.push(...(await Promise.all(${JSON.stringify(hosts)}.map((host) => request(host, ${port})))));`;

async function compare(scene) {
  const [original, ours] = [await tellsOf(names.original, scene), await tellsOf(names.ours, scene)];
  assert.deepEqual(ours, original);
  return ours.map(({ code }) => code);
}

// Routes of every kind that refuses connections.
const NO_ROUTES = `
  ip link set lo up
  ip route add unreachable 10.1.0.0/16; ip -6 route add unreachable fd01::/16
  ip route add prohibit 10.2.0.0/16; ip -6 route add prohibit fd02::/16
  ip route add blackhole 10.3.0.0/16; ip -6 route add blackhole fd03::/16
  ip route add throw 10.4.0.0/16`;

// A link to a machine that never responds, as the default route.
const NO_NEIGHBOURS = `
  ip link set lo up
  ip link add here type veth peer name there; ip link set here up; ip link set there up
  ip addr add 10.9.0.1/24 dev here; ip -6 addr add fd09::1/64 dev here nodad
  ip route add default via 10.9.0.2; ip -6 route add default via fd09::2`;

describe('a connection that the system refuses', () => {
  it('has no route', isolated, async () => {
    const hosts = ['10.1.0.1', 'fd01::1', '10.2.0.1', 'fd02::1', '10.3.0.1', 'fd03::1', '10.4.0.1'];
    const body = `
      ${requestEach([...hosts, '2001:db8::1'])}
      for (const proxy of ['http://10.1.0.1:1', 'http://10.2.0.1:1', 'http://10.3.0.1:1']) {
        process.env.HTTPS_PROXY = proxy;
        errors.push(await request('127.0.0.1'));
      }`;
    const codes = await compare({ setup: NO_ROUTES, body });
    const expected = ['EHOSTUNREACH', 'EACCES', 'EINVAL', 'ENETUNREACH', 'ECONNRESET'];
    assert.deepEqual([...new Set(codes)], expected);
  });

  it('has a route to some addresses only', isolated, async () => {
    const addresses = ['127.0.0.1', '::1', '10.1.0.1', 'fd01::1', '10.2.0.1', 'fd02::1'];
    const table = [
      ...addresses.map((address) => `${address} all.example`),
      ...['127.0.0.1', 'fd01::1'].map((address) => `${address} first.example`),
      ...['::1', '10.2.0.1'].map((address) => `${address} second.example`),
      ...['10.1.0.1', 'fd02::1', '10.3.0.1'].map((address) => `${address} none.example`),
      ...['127.0.0.1', '127.0.0.2'].map((address) => `${address} twice.example`),
    ];
    const names = [...new Set(table.map((line) => line.split(' ')[1]))];
    const codes = await compare({
      setup: `${NO_ROUTES}\n${namedHosts(table)}`,
      body: requestEach(names, 1),
    });
    assert.equal(codes.length, names.length);
    assert.ok(codes.includes('ECONNREFUSED'), codes);
  });

  it('has no IPv6', isolated, async () => {
    const setup = `
      echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
      ip link set lo up
      ${namedHosts(['127.0.0.1 localhost', '::1 localhost'])}`;
    const codes = await compare({ setup, body: requestEach(['localhost', '::1', '127.0.0.1'], 1) });
    assert.deepEqual(codes, ['ECONNREFUSED', 'EADDRNOTAVAIL', 'ECONNREFUSED']);
  });

  it('is to an address that is nobody’s own', isolated, async () => {
    const hosts = ['224.0.0.1', '239.1.2.3', '255.255.255.255', '10.9.0.255', '240.0.0.1'];
    const body = requestEach([...hosts, 'ff0e::1', 'ff02::1', 'fe80::1']);
    const codes = await compare({ setup: NO_NEIGHBOURS, body });
    // libuv has another code for link-local addresses without a zone in each of its lines.
    assert.ok(codes.includes('ENETUNREACH') && codes.every(Boolean), codes);
  });

  it('has no neighbour', isolated, async () => {
    const body = requestEach(['10.9.0.77', '192.0.2.1', 'fd09::77', '2001:db8::1']);
    const codes = await compare({ setup: NO_NEIGHBOURS, body });
    assert.deepEqual([...new Set(codes)], ['EHOSTUNREACH']);
  });

  it('has no name server', isolated, async () => {
    const codes = await compare({
      setup: 'ip link set lo up',
      body: requestEach(['name.example']),
    });
    assert.deepEqual(codes, ['EAI_AGAIN']);
  });

  it('has no local port left', isolated, async () => {
    const setup = `
      ip link set lo up
      echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range`;
    const body = `
      const server = net.createServer(() => {}).listen(9999, '127.0.0.1');
      const fill = (resolve) => net.connect(9999, '127.0.0.1')
        .on('connect', () => fill(resolve)).on('error', resolve);
      await new Promise((resolve) => server.on('listening', () => fill(resolve)));
      errors.push(await request('127.0.0.1', 9999));`;
    assert.deepEqual(await compare({ setup, body }), ['EADDRNOTAVAIL']);
  });

  it('has no file descriptor left, and works again with one', onLinux, async () => {
    const body = `
      errors.push(await request('127.0.0.1', 1));
      const held = [];
      try {
        for (;;) held.push(fs.openSync('/dev/null'));
      } catch {
        errors.push(await request('127.0.0.1', 1));
        errors.push(await request('::1', 1));
        errors.push(await request('localhost', 1));
      }
      for (const descriptor of held) fs.closeSync(descriptor);
      errors.push(await request('127.0.0.1', 1));`;
    const codes = await compare({ setup: 'ulimit -n 64', body, isIsolated: false });
    assert.deepEqual(codes.slice(0, 3), ['ECONNREFUSED', 'EMFILE', 'EMFILE']);
  });
});
