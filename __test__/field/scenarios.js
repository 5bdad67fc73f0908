'use strict';

// The scenarios of the field lab: what the network and the peers do, what the program does, and how much later than with the
// original its calls may end.

const { dead, live, NOWHERE, unreachable } = require('./network');
const {
  answers,
  answersAfter,
  answersAndClosesHalf,
  closes,
  closesHalf,
  connects,
  endsUnderRequest,
  hangsAfter,
  proxy,
  refuses,
  renegotiates,
} = require('./peers');

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {boolean} [isLong] whether it takes so long, and only waits, that it begins before the others; `npm test` leaves it out
 * @property {boolean} [isExtra] whether `npm test` leaves it out because it is like another, or takes some seconds
 * @property {import('./dns').Zone} [zone]
 * @property {Array<{ at: string, port?: number, does: Function }>} [peers]
 * @property {boolean} [hasIPv6] whether the machine has an IPv6 address; it has one by default
 * @property {string[]} [setup] commands that prepare the machine
 * @property {Record<string, string>} [env] variables of the program
 * @property {string[]} [execArgv] arguments of the program's Node
 * @property {import('./program').Step[][]} rounds
 * @property {{ first?: number, next?: number }} [within] how many milliseconds later than with the original a call may end, in the
 *   first round and in the following ones
 * @property {number} [left] how many connections that have not got through their handshake ours may have some seconds after the
 *   calls: those that calls still wait for
 * @property {number} [patience] milliseconds after which a call counts as one that never ends
 */

// A dead address may cost the first connection something, and the next ones what it costs those of the original.
const WITHIN = { first: 3_000, next: 1_000 };
// What a native attempt may take before Node's client makes the call (`src/request/connect.rs`).
const LIMIT = 10_000;
// A call that fails after a while may cost a native attempt each time.
const FAILS_LATE = { first: LIMIT + 1_000, next: LIMIT + 1_000 };

const [D4, D6] = [[1, 2].map(dead.v4), [1, 2].map(dead.v6)];
const [L4, L6] = [live.v4(1), live.v6(1)];
// An address of a machine on which nothing listens.
const CLOSED = live.v4(9);

const HOST = 'a.example';
const times = (count, step) => Array.from({ length: count }, () => [step]);
const at443 = (does, ...addresses) => addresses.map((at) => ({ at, does }));

/** Calls to a host with these addresses, of which the first live one of each family is served. */
const host = (name, addresses, more) => ({
  name,
  zone: { [HOST]: addresses },
  peers: at443(answers(), L4, L6),
  rounds: times(3, { host: HOST }),
  ...more,
});

/** Calls to a host that has one address. */
const server = (name, does, more) => host(name, { A: [L4] }, { peers: at443(does, L4), ...more });

const POST = { method: 'POST' };
const KEPT = { isKept: true };

const extra = (...list) => list.map((scenario) => ({ ...scenario, isExtra: true }));

// On a busy machine, Node may need more than its quarter of a second for an address that is alive, and go on to the next.
const PATIENT = ['--network-family-autoselection-attempt-timeout=5000'];

const addresses = [
  host('one address, alive', { A: [L4] }),
  host('two IPv4 addresses, the first dead', { A: [D4[0], L4] }),
  host('three IPv4 addresses, the last alive', { A: [...D4, L4] }),
  host('a dead IPv6 address and a live IPv4 address', { A: [L4], AAAA: [D6[0]] }),
  host(
    'a dead address first, POST',
    { A: [D4[0], L4] },
    { rounds: times(3, { host: HOST, options: POST, size: 10 }) },
  ),
  ...extra(
    host('two IPv6 addresses, the first dead', { AAAA: [D6[0], L6] }),
    host('three IPv6 addresses, the last alive', { AAAA: [...D6, L6] }),
    host(
      'a live IPv6 address and a dead IPv4 address',
      { A: [D4[0]], AAAA: [L6] },
      { execArgv: PATIENT },
    ),
    host('four dead addresses of both families, and a live one', { A: [...D4, L4], AAAA: D6 }),
    host('an address that refuses before one that is alive', { A: [CLOSED, L4] }),
    host('an unreachable address before a live one', { A: [unreachable.v4(1), L4] }),
    host('an unreachable IPv6 address and a live IPv4 address', {
      A: [L4],
      AAAA: [unreachable.v6(1)],
    }),
  ),
];

// The resolver waits for five seconds otherwise, and asks once more.
const RESOLVES_FAST = { RES_OPTIONS: 'timeout:1 attempts:1' };
const HANGING = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `hangs-${number}.example`);

// What the DNS server does with queries, in `npm test` and beyond.
const FAULTS = ['dropped', 'nxdomain'];
const FURTHER_FAULTS = ['refused', 'servfail'];

// The resolver has its own times here.
const withoutIPv6 = (how) =>
  host(
    `a machine without IPv6, AAAA queries are ${how}`,
    { A: [L4], AAAA: how },
    { hasIPv6: false },
  );
const halfResolved = (how) =>
  host(
    `AAAA queries are ${how}`,
    { A: [L4], AAAA: how },
    { env: RESOLVES_FAST, rounds: times(2, { host: HOST }) },
  );
const unresolved = (how) =>
  host(
    `all queries are ${how}`,
    { A: how, AAAA: how },
    { env: RESOLVES_FAST, rounds: times(2, { host: HOST }), within: FAILS_LATE },
  );

const lookups = [
  withoutIPv6('dropped'),
  ...FAULTS.map(unresolved),
  host(
    'a machine with an IPv6 address, but without a route',
    { A: [L4], AAAA: [L6] },
    { setup: ['ip -6 route del default'], execArgv: PATIENT },
  ),
  host('a machine without IPv6, a host without IPv4', { AAAA: [L6] }, { hasIPv6: false }),
  ...extra(
    withoutIPv6('nxdomain'),
    ...FURTHER_FAULTS.flatMap((how) => [withoutIPv6(how), unresolved(how)]),
    ...[...FAULTS, ...FURTHER_FAULTS].map(halfResolved),
    host(
      'a DNS server that responds after three seconds',
      { A: [L4], after: 3_000 },
      { rounds: times(1, { host: HOST }) },
    ),
    host('no addresses', {}),
    host(
      'look-ups that hang, and a call to another host',
      {},
      {
        zone: {
          [HOST]: { A: [L4] },
          ...Object.fromEntries(HANGING.map((name) => [name, { A: 'dropped', AAAA: 'dropped' }])),
        },
        env: RESOLVES_FAST,
        rounds: [[...HANGING.map((name) => ({ host: name })), { after: 100, host: HOST }]],
        within: FAILS_LATE,
      },
    ),
  ),
];

const PROXY = 'proxy.example';
// The program's first call of all, which `program.js` makes before the others, is to the machine itself.
const NO_PROXY = '127.0.0.1';
const HTTPS_PROXY = `http://${PROXY}:3128`;
const [P4, P6] = [live.v4(2), live.v6(2)];
const forwards = (after) => connects(443, L4, after);

/** Calls to a host that has one address, through a proxy with these addresses. */
const proxied = (name, addresses, does, more) => ({
  name,
  zone: { [PROXY]: addresses, [HOST]: { A: [L4] } },
  peers: [...at443(answers(), L4), ...[P4, P6].map((at) => ({ at, port: 3128, does }))],
  env: { HTTPS_PROXY, NO_PROXY },
  rounds: times(3, { host: HOST }),
  ...more,
});

const proxies = [
  proxied('a proxy whose first address is dead', { A: [D4[0], P4] }, forwards()),
  proxied(
    'a proxy that closes',
    { A: [P4] },
    proxy((socket) => socket.end()),
  ),
  proxied(
    'a proxy that wants credentials',
    { A: [P4] },
    refuses('407 Proxy Authentication Required'),
  ),
  proxied('a proxy that refuses connections', { A: [CLOSED], AAAA: [live.v6(9)] }, forwards()),
  proxied('a proxy that does not exist', undefined, forwards()),
  ...extra(
    proxied('a proxy', { A: [P4] }, forwards()),
    proxied('a proxy whose IPv6 address is dead', { A: [P4], AAAA: [D6[0]] }, forwards()),
    proxied('a proxy whose first address refuses', { A: [CLOSED, P4] }, forwards()),
    proxied('a proxy whose last of three addresses is alive', { A: [...D4, P4] }, forwards()),
    proxied('a proxy that finds no server', { A: [P4] }, refuses('502 Bad Gateway')),
    proxied('a proxy that responds after two seconds', { A: [P4] }, forwards(2_000), {
      rounds: times(2, { host: HOST }),
    }),
    // The calls never end, and have one connection each.
    proxied(
      'a proxy that never responds',
      { A: [P4] },
      proxy(() => {}),
      {
        patience: LIMIT + 3_000,
        rounds: [Array.from({ length: 3 }, () => ({ host: HOST }))],
        left: 3,
      },
    ),
    proxied('a proxy that is unreachable', { A: [unreachable.v4(1)] }, forwards(), {
      within: FAILS_LATE,
    }),
    proxied('a proxy that has no address', {}, forwards()),
    proxied('a proxy whose look-up is dropped', { A: 'dropped', AAAA: 'dropped' }, forwards(), {
      env: { HTTPS_PROXY, NO_PROXY, ...RESOLVES_FAST },
      rounds: times(2, { host: HOST }),
      within: FAILS_LATE,
    }),
  ),
];

const refusals = [
  host('addresses that all refuse', {
    A: [CLOSED, live.v4(8)],
    AAAA: [live.v6(9), live.v6(8)],
  }),
  host('a network that is unreachable', { A: [NOWHERE] }, { within: FAILS_LATE }),
  ...extra(
    host('an address that refuses', { A: [CLOSED] }),
    // On a link as fast as this one, the system may miss the router's first message, and connects again after a second.
    host(
      'addresses that are unreachable',
      { A: [unreachable.v4(1)], AAAA: [unreachable.v6(1)] },
      { within: FAILS_LATE },
    ),
  ),
  // The system gives up after some seconds here, instead of two minutes.
  host(
    'addresses that are all dead',
    { A: D4 },
    {
      isLong: true,
      setup: ['echo 2 > /proc/sys/net/ipv4/tcp_syn_retries'],
      rounds: times(2, { host: HOST }),
      within: { first: LIMIT + 1_000 },
    },
  ),
];

const GET_AND_POST = [
  ...times(2, { host: HOST }),
  ...times(2, { host: HOST, options: POST, size: 10 }),
];

const hangsAfterFirst = hangsAfter(1, answers({ after: 60, isKept: true }));

/**
 * After the first, each round has a call on the connection that works, and one that opens a connection whose handshake hangs. With the
 * original, that call never ends; ours sends it on the connection that works.
 */
const handshakesThatHang = (count, name) => [
  [{ host: name }],
  ...Array.from({ length: count }, () => [{ host: name }, { host: name, isLeft: true }]),
];

const handshakes = [
  server('a server that closes in the handshake', closes()),
  ...extra(
    server('a server that resets in the handshake', closes({ isReset: true })),
    server('a handshake of two seconds', answersAfter(2_000, answers()), {
      rounds: times(2, { host: HOST }),
    }),
  ),
  server('a handshake of seven seconds', answersAfter(LIMIT + 2_000, answers()), {
    isLong: true,
    rounds: times(2, { host: HOST }),
    within: { first: LIMIT + 1_000 },
  }),
  // A connection has ended under a request before.
  host(
    'a host whose handshakes hang, and calls to another host',
    {},
    {
      zone: {
        [HOST]: { A: [L4] },
        'hangs.example': { A: [live.v4(2)] },
        'ends.example': { A: [live.v4(3)] },
      },
      peers: [
        ...at443(answers(), L4),
        ...at443(hangsAfterFirst, live.v4(2)),
        ...at443(endsUnderRequest(), live.v4(3)),
      ],
      rounds: [
        [{ host: 'ends.example' }],
        ...handshakesThatHang(5, 'hangs.example'),
        [{ host: HOST }],
        [{ host: HOST, repeat: 20, within: 3_000 }],
      ],
    },
  ),
  server('sixty handshakes that hang and that no call waits for any more', hangsAfterFirst, {
    isLong: true,
    rounds: handshakesThatHang(60, HOST),
    left: 0,
  }),
  server('a server that asks for renegotiation', renegotiates(), { rounds: GET_AND_POST }),
  ...extra(
    server('a server that asks for renegotiation and keeps connections', renegotiates(KEPT), {
      rounds: GET_AND_POST,
    }),
  ),
];

const halves = [
  server('a server that closes half instead of a response', closesHalf()),
  ...extra(
    server('a server that closes half instead of a response, POST', closesHalf(), {
      rounds: times(2, { host: HOST, options: POST }),
    }),
    // A call that begins before the end has arrived may fail.
    server('a server that closes half after its response', answersAndClosesHalf(), {
      rounds: times(3, { after: 300, host: HOST }),
    }),
  ),
];

// The address of the router's end of the link leads nowhere, so that every packet is lost, and is found again.
const LOSE = 'ip neigh replace 10.1.0.1 lladdr 02:00:00:00:00:ff nud permanent dev machine';
const FIND = 'ip neigh del 10.1.0.1 dev machine';
/** A call, and an outage meanwhile, in milliseconds. */
const outage = (after, length) => [
  { host: HOST },
  { after, run: LOSE },
  { after: after + length, run: FIND },
];

// The same for one address alone.
const LOSE_ONE = [
  'ip neigh replace 10.1.0.99 lladdr 02:00:00:00:00:ff nud permanent dev machine',
  `ip route add ${L4} via 10.1.0.99`,
].join('; ');
const FIND_ONE = `ip route del ${L4}`;

const outages = [
  server('a route that is lost and comes back', answers(), {
    rounds: [
      [{ host: HOST }],
      [{ run: 'ip route del default' }],
      [{ host: L4 }],
      [{ run: 'ip route add default via 10.1.0.1' }],
      [{ host: HOST }],
    ],
  }),
  host(
    'an address that dies and comes back, and another that lives',
    { A: [L4, live.v4(2)] },
    {
      peers: at443(answers(), L4, live.v4(2)),
      rounds: [
        [{ host: HOST }],
        [{ run: LOSE_ONE }],
        [{ host: HOST, within: WITHIN.first }],
        ...times(2, { host: HOST }),
        [{ run: FIND_ONE }],
        ...times(2, { host: HOST }),
      ],
    },
  ),
  server('a call on a kept connection that begins in an outage of two seconds', answers(KEPT), {
    rounds: [
      [{ host: HOST }],
      [{ run: LOSE }],
      [{ host: HOST }, { after: 2_000, run: FIND }],
      [{ host: HOST }],
    ],
  }),
  ...extra(
    server('an outage of a second while a response is awaited', answers({ after: 2_000 }), {
      rounds: [outage(500, 1_000), [{ host: HOST }]],
    }),
  ),
  // The system asks after idle connections every fifteen seconds.
  ...[14_000, 28_500].map((after) =>
    server(
      `an outage of three seconds after ${after / 1_000}, while a response is awaited for 45`,
      answers({ after: 45_000 }),
      { isLong: true, rounds: [outage(after, 3_000)] },
    ),
  ),
];

const late = [
  server('a response after 45 seconds', answers({ after: 45_000 }), {
    isLong: true,
    rounds: times(1, { host: HOST }),
  }),
  server(
    'a server that is busy for 36 seconds before it reads a body of 1 MB',
    answers({ after: 36_000 }),
    { isLong: true, rounds: times(1, { host: HOST, options: POST, size: 1_000_000 }) },
  ),
];

/** @type {Scenario[]} */
const scenarios = [
  ...late,
  ...outages,
  ...addresses,
  ...lookups,
  ...proxies,
  ...refusals,
  ...handshakes,
  ...halves,
];

module.exports = { LIMIT, scenarios, WITHIN };
