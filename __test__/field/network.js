'use strict';

// Makes the network of a scenario of two network namespaces: one for the machine that makes the calls, and one for the rest of the
// world, in which this process runs. A link connects them. Nothing leaves the namespaces.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');

// What the addresses of the world do. The prefixes are such that the machine prefers no IPv6 address to another (RFC 6724, rule 9).
const PREFIXES = {
  live: ['10.7.0.', '2001:db8:8007::'],
  dead: ['10.8.0.', '2001:db8:8008::'],
  unreachable: ['10.9.0.', '2001:db8:8009::'],
};
const addressesOf = ([v4, v6]) => ({ v4: (n) => `${v4}${n}`, v6: (n) => `${v6}${n}` });

/** Addresses of machines that exist; where nothing listens, they refuse connections. */
const live = addressesOf(PREFIXES.live);
/** Addresses that lose every packet. */
const dead = addressesOf(PREFIXES.dead);
/** Addresses of which the router says that there is no way to them. */
const unreachable = addressesOf(PREFIXES.unreachable);
/** An address for which the router has no route. */
const NOWHERE = '192.0.2.1';

const RESOLVER = live.v4(53);

// A command that fails ends the process of the scenario.
function shell(lines) {
  const script = `PATH=$PATH:/usr/sbin:/sbin\n${lines.join('\n')}`;
  const { status, stderr } = spawnSync('sh', ['-ec', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`A command failed:\n${script}\n${stderr}`);
}

const WORLD = [
  'ip link set lo up',
  'ip link add world type veth peer name machine',
  'ip link set world up',
  'ip addr add 10.1.0.1/24 dev world',
  'ip -6 addr add 2001:db8:1::1/64 dev world nodad',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
  'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
  'echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind',
  // The router says each time that an address is unreachable, not once a second.
  'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit',
  'echo 0 > /proc/sys/net/ipv6/icmp/ratelimit',
  'ip route add local 10.7.0.0/24 dev lo',
  'ip -6 route add local 2001:db8:8007::/64 dev lo',
  'ip route add blackhole 10.8.0.0/24',
  'ip -6 route add blackhole 2001:db8:8008::/64',
  'ip route add unreachable 10.9.0.0/24',
  'ip -6 route add unreachable 2001:db8:8009::/64',
];

const MACHINE = [
  'ip link set lo up',
  'ip link set machine up',
  'ip addr add 10.1.0.2/24 dev machine',
  'ip route add default via 10.1.0.1',
];
const MACHINE_IPV6 = [
  'ip -6 addr add 2001:db8:1::2/64 dev machine nodad',
  'ip -6 route add default via 2001:db8:1::1',
];
const NO_IPV6 = ['echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'];

/** Prepares this process's namespaces: the links, the routes, and the files that say how names are resolved. */
function makeWorld(folder) {
  const files = {
    'resolv.conf': `nameserver ${RESOLVER}\nsearch .\n`,
    hosts: '127.0.0.1 localhost\n::1 localhost\n',
    'nsswitch.conf': 'hosts: files dns\n',
  };
  const present = Object.entries(files).filter(([name]) => fs.existsSync(`/etc/${name}`));
  for (const [name, text] of present) fs.writeFileSync(`${folder}/${name}`, text);
  shell([...WORLD, ...present.map(([name]) => `mount --bind ${folder}/${name} /etc/${name}`)]);
}

/**
 * Starts a Node program on the machine.
 * @param {string[]} args the arguments of Node
 * @param {object} how
 * @param {boolean} how.hasIPv6
 * @param {string[]} how.setup further commands that prepare the machine
 * @param {Record<string, string>} how.env
 */
async function startOnMachine(args, { hasIPv6, setup, env }) {
  // The machine's own namespace exists once the shell runs in it; its commands wait for its end of the link.
  const script = [
    'PATH=$PATH:/usr/sbin:/sbin',
    'echo ready; read -r linked',
    ...(hasIPv6 ? [] : NO_IPV6),
    ...MACHINE,
    ...(hasIPv6 ? MACHINE_IPV6 : []),
    ...setup,
    'exec "$0" "$@"',
  ].join('\n');
  const child = spawn('unshare', ['--net', 'sh', '-ec', script, process.execPath, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  shell([`ip link set machine netns ${child.pid}`]);
  child.stdin.end('linked\n');
  return child;
}

module.exports = { dead, live, makeWorld, NOWHERE, RESOLVER, startOnMachine, unreachable };
