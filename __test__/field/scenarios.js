'use strict';

// The scenarios of the field lab: what the network and the peers do, what the program does, and how much later than with the
// original its calls may end.

const { dead, live, NOWHERE, unreachable } = require('./network');
const {
  answers,
  answersAndClosesHalf,
  closes,
  closesHalf,
  connects,
  hangs,
  hangsAfter,
  proxy,
  refuses,
  renegotiates,
} = require('./peers');

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {boolean} [isLong] whether it takes longer than `npm test` may
 * @property {import('./dns').Zone} [zone]
 * @property {Array<{ at: string, port?: number, does: Function }>} [peers]
 * @property {boolean} [hasIPv6] whether the machine has an IPv6 address; it has one by default
 * @property {string[]} [setup] commands that prepare the machine
 * @property {Record<string, string>} [env] variables of the program
 * @property {import('./program').Step[][]} rounds
 * @property {{ first?: number, next?: number }} [within] how many milliseconds later than with the original a call may end, in the
 *   first round and in the following ones
 * @property {boolean} [endsHandshakes] whether handshakes that no call waits for must have ended soon after the calls
 * @property {number} [patience] milliseconds after which a call counts as one that never ends
 * @property {(ours: any) => void} [expects]
 */

// A dead address may cost the first connection something, and the next ones what it costs the original's.
const WITHIN = { first: 3_000, next: 1_000 };
// A call that takes longer than this counts as one that never ends.
const PATIENCE = 15_000;

const times = (count, step) => Array.from({ length: count }, () => [step]);
const at443 = (does, ...addresses) => addresses.map((at) => ({ at, does }));

/** A host of which only the last address is alive. */
const lastAlive = (name, addresses, alive, more) => ({
  name,
  zone: { 'a.example': addresses },
  peers: at443(answers(), ...[alive].flat()),
  rounds: times(3, { host: 'a.example' }),
  ...more,
});

const [D4, D6] = [[1, 2, 3].map(dead.v4), [1, 2, 3].map(dead.v6)];
const [L4, L6] = [live.v4(1), live.v6(1)];

const addresses = [
  lastAlive('one address, alive', { A: [L4] }, L4, { within: { first: 1_000 } }),
  lastAlive('two IPv4 addresses, the first dead', { A: [D4[0], L4] }, L4),
  lastAlive('three IPv4 addresses, the last alive', { A: [D4[0], D4[1], L4] }, L4),
  lastAlive('two IPv6 addresses, the first dead', { AAAA: [D6[0], L6] }, L6),
  lastAlive('three IPv6 addresses, the last alive', { AAAA: [D6[0], D6[1], L6] }, L6),
  lastAlive('a dead IPv6 address and a live IPv4 address', { A: [L4], AAAA: [D6[0]] }, L4),
  lastAlive('a live IPv6 address and a dead IPv4 address', { A: [D4[0]], AAAA: [L6] }, L6),
  lastAlive(
    'two dead IPv6 and two dead IPv4 addresses before a live one',
    { A: [D4[0], D4[1], L4], AAAA: [D6[0], D6[1]] },
    L4,
  ),
  lastAlive('an address that refuses before one that is alive', { A: [live.v4(9), L4] }, L4),
  lastAlive(
    'an address that is unreachable before one that is alive',
    { A: [unreachable.v4(1), L4] },
    L4,
  ),
  lastAlive('a dead address first, POST', { A: [D4[0], L4] }, L4, {
    rounds: times(3, { host: 'a.example', options: { method: 'POST' }, size: 10 }),
  }),
];

const RESOLVES_FAST = { RES_OPTIONS: 'timeout:1 attempts:1' };
const lookups = [
  {
    name: 'a machine without IPv6, whose DNS server drops AAAA queries',
    hasIPv6: false,
    zone: { 'a.example': { A: [L4], AAAA: 'dropped' } },
    peers: at443(answers(), L4),
    rounds: times(2, { host: 'a.example' }),
    within: { first: 1_000 },
  },
  ...['refused', 'servfail', 'nxdomain'].map((how) => ({
    name: `a machine without IPv6, whose DNS server answers AAAA queries with ${how}`,
    hasIPv6: false,
    zone: { 'a.example': { A: [L4], AAAA: how } },
    peers: at443(answers(), L4),
    rounds: times(2, { host: 'a.example' }),
    within: { first: 1_000 },
  })),
  ...['dropped', 'refused', 'servfail', 'nxdomain'].map((how) => ({
    name: `AAAA queries that are ${how}`,
    zone: { 'a.example': { A: [L4], AAAA: how } },
    peers: at443(answers(), L4),
    env: RESOLVES_FAST,
    rounds: times(2, { host: 'a.example' }),
  })),
  ...['dropped', 'refused', 'servfail', 'nxdomain'].map((how) => ({
    name: `a look-up that is ${how}`,
    zone: { 'a.example': { A: how, AAAA: how } },
    env: RESOLVES_FAST,
    rounds: times(2, { host: 'a.example' }),
  })),
  {
    name: 'a host without an address',
    zone: { 'a.example': {} },
    rounds: times(2, { host: 'a.example' }),
  },
  {
    name: 'a machine without IPv6 and a host without IPv4',
    hasIPv6: false,
    zone: { 'a.example': { AAAA: [L6] } },
    rounds: times(2, { host: 'a.example' }),
  },
];

const proxied = (name, addresses, does, more) => ({
  name,
  zone: { 'proxy.example': addresses, 'a.example': { A: [L4] } },
  peers: [
    ...at443(answers(), L4),
    ...[live.v4(2), live.v6(2)].map((at) => ({ at, port: 3128, does })),
  ],
  env: { HTTPS_PROXY: 'http://proxy.example:3128' },
  rounds: times(3, { host: 'a.example' }),
  ...more,
});
const forwards = connects(443, L4);
const proxies = [
  proxied('a proxy', { A: [live.v4(2)] }, forwards, { within: { first: 1_000 } }),
  proxied('a proxy whose first address is dead', { A: [D4[0], live.v4(2)] }, forwards),
  proxied(
    'a proxy whose last of three addresses is alive',
    { A: [D4[0], D4[1], live.v4(2)] },
    forwards,
  ),
  proxied('a proxy whose IPv6 address is dead', { A: [live.v4(2)], AAAA: [D6[0]] }, forwards),
  proxied('a proxy that has no address', {}, forwards),
  proxied('a proxy that refuses connections', { A: [live.v4(9)], AAAA: [live.v6(9)] }, forwards),
  proxied(
    'a proxy that closes',
    { A: [live.v4(2)] },
    proxy((socket) => socket.end()),
  ),
  proxied(
    'a proxy that asks for credentials',
    { A: [live.v4(2)] },
    refuses('407 Proxy Authentication Required'),
  ),
  proxied('a proxy that finds no server', { A: [live.v4(2)] }, refuses('502 Bad Gateway')),
];

const refusals = [
  {
    name: 'addresses that all refuse',
    zone: { 'a.example': { A: [live.v4(1), live.v4(2)], AAAA: [live.v6(1), live.v6(2)] } },
    rounds: times(2, { host: 'a.example' }),
  },
  {
    name: 'an address that refuses',
    zone: { 'a.example': { A: [L4] } },
    rounds: times(2, { host: 'a.example' }),
  },
  {
    name: 'addresses that are unreachable',
    zone: { 'a.example': { A: [unreachable.v4(1)], AAAA: [unreachable.v6(1)] } },
    rounds: times(2, { host: 'a.example' }),
  },
  {
    name: 'a network that is unreachable',
    zone: { 'a.example': { A: [NOWHERE] } },
    rounds: times(2, { host: 'a.example' }),
  },
  {
    // The system gives up after three seconds here, instead of two minutes. The native attempt has a limit of its own.
    name: 'addresses that are all dead',
    zone: { 'a.example': { A: [D4[0], D4[1]] } },
    setup: ['echo 2 > /proc/sys/net/ipv4/tcp_syn_retries'],
    rounds: times(2, { host: 'a.example' }),
    within: { first: 6_000 },
  },
];

const handshakes = [
  {
    name: 'a server that closes in the handshake',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(closes(), L4),
    rounds: times(2, { host: 'a.example' }),
  },
  {
    name: 'a server that resets in the handshake',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(closes({ isReset: true }), L4),
    rounds: times(2, { host: 'a.example' }),
  },
  {
    name: 'a host whose handshakes hang, and calls to another host',
    zone: { 'hangs.example': { A: [live.v4(2)] }, 'a.example': { A: [L4] } },
    peers: [...at443(hangs(), live.v4(2)), ...at443(answers(), L4)],
    rounds: [
      [...Array.from({ length: 20 }, () => ({ host: 'hangs.example', isLeft: true }))],
      ...times(5, { host: 'a.example' }),
    ],
    within: { next: 200 },
  },
  ...[false, true].map((isKept) => ({
    name: `a server that asks for renegotiation${isKept ? ', and keeps its connections' : ''}`,
    zone: { 'a.example': { A: [L4] } },
    peers: at443(renegotiates({ isKept }), L4),
    rounds: times(3, { host: 'a.example' }),
  })),
];

const halves = [
  {
    name: 'a server that closes half instead of an answer, POST',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(closesHalf(), L4),
    rounds: times(2, { host: 'a.example', options: { method: 'POST' } }),
  },
  {
    name: 'a server that closes half after its answer',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(answersAndClosesHalf(), L4),
    rounds: times(3, { host: 'a.example' }),
  },
];

// The address of the router's end of the link leads nowhere, so that every packet is lost, and is found again.
const LOSE = 'ip neigh replace 10.1.0.1 lladdr 02:00:00:00:00:ff nud permanent dev machine';
const FIND = 'ip neigh del 10.1.0.1 dev machine';

const outages = [
  {
    name: 'a route that is lost and comes back',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(answers(), L4),
    rounds: [
      [{ host: 'a.example' }],
      [{ run: 'ip route del default' }],
      [{ host: L4 }],
      [{ run: 'ip route add default via 10.1.0.1' }],
      [{ host: 'a.example' }],
    ],
  },
  {
    name: 'an outage of a second while an answer is awaited',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(answers({ after: 2_000 }), L4),
    rounds: [
      [{ host: 'a.example' }, { after: 500, run: LOSE }, { after: 1_500, run: FIND }],
      [{ host: 'a.example' }],
    ],
  },
];

const long = [
  {
    name: 'a server that is busy for 36 seconds before it reads a body of 1 MB',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(answers({ after: 36_000 }), L4),
    rounds: times(1, { host: 'a.example', options: { method: 'POST' }, size: 1_000_000 }),
  },
  {
    name: 'an answer after 45 seconds',
    zone: { 'a.example': { A: [L4] } },
    peers: at443(answers({ after: 45_000 }), L4),
    rounds: times(1, { host: 'a.example' }),
  },
  ...[14_000, 28_500].map((after) => ({
    name: `an outage of three seconds after ${after / 1_000} seconds, while an answer is awaited for 45`,
    zone: { 'a.example': { A: [L4] } },
    peers: at443(answers({ after: 45_000 }), L4),
    rounds: [[{ host: 'a.example' }, { after, run: LOSE }, { after: after + 3_000, run: FIND }]],
  })),
].map((scenario) => ({ ...scenario, isLong: true, patience: 60_000 }));

/** @type {Scenario[]} */
const scenarios = [
  ...long,
  ...addresses,
  ...lookups,
  ...proxies,
  ...refusals,
  ...handshakes,
  ...halves,
  ...outages,
].map((scenario) => ({ zone: {}, peers: [], ...scenario }));

module.exports = { PATIENCE, scenarios, WITHIN };
