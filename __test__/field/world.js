'use strict';

// Runs one scenario with one package, in a network namespace and a mount namespace of this process's own, and prints the result as
// JSON in the last line: `node world.js <name of the scenario> <name of the package>`.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { performance } = require('node:perf_hooks');
const { setTimeout: sleep } = require('node:timers/promises');

const { authority, issue } = require('../../testing/certificates');
const { startDns } = require('./dns');
const { makeWorld, RESOLVER, startOnMachine } = require('./network');
const { startPeer } = require('./peers');
const { LIMIT, scenarios } = require('./scenarios');

// A call that takes longer than this never ends.
const PATIENCE = { short: 20_000, long: 60_000 };

// How long what no call waits for any more may be left.
const LEFT_FOR = LIMIT + 5_000;

/** Waits until no more than `allowed` handshakes hang, and returns how many there still are after some seconds. */
async function leftBy(peers, allowed) {
  const until = performance.now() + LEFT_FOR;
  for (;;) {
    const left = peers.reduce((sum, peer) => sum + peer.unsecured(), 0);
    if (left <= allowed || performance.now() > until) return left;
    await sleep(100);
  }
}

async function main([title, name]) {
  const scenario = scenarios.find((each) => each.name === title);
  const { zone, peers, env, hasIPv6 = true, setup = [], rounds, left: allowed } = scenario;
  const { execArgv = [], patience = PATIENCE[scenario.isLong ? 'long' : 'short'] } = scenario;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'field-'));
  try {
    makeWorld(folder);
    const root = authority({ commonName: 'Authority of the field lab' });
    fs.writeFileSync(path.join(folder, 'ca.pem'), root.ca);
    const certificate = issue(root, {
      commonName: 'field',
      dnsNames: Object.keys(zone),
      ipAddresses: peers.map(({ at }) => at),
    });
    await startDns(zone, RESOLVER);
    const started = await Promise.all(peers.map((each) => startPeer(each, { certificate })));

    const given = JSON.stringify({ name, rounds, patience });
    const program = path.join(__dirname, 'program.js');
    const child = await startOnMachine([...execArgv, program, given], {
      hasIPv6,
      setup,
      env: { NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem'), ...env },
    });
    const ended = once(child, 'exit').then(([code, signal]) => [{ crashed: code ?? signal }]);
    const [{ ends, crashed }] = await Promise.race([once(child, 'message'), ended]);
    if (!ends) throw new Error(`The program has crashed: ${crashed}`);
    const left = allowed === undefined ? undefined : await leftBy(started, allowed);
    child.kill('SIGKILL');
    console.log(JSON.stringify({ ends, left }));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  process.exit();
}

main(process.argv.slice(2));
