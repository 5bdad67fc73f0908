'use strict';

// Prints a table that compares ours with the published original and with the alternatives that a user would choose. Each ratio is
// that of the medians of interleaved rounds. `npm run bench` runs everything, `npm run bench -- tokens requests` only these parts
// (see `PARTS`).

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { instanceOptions } = require('./instance');
const { pictureOf } = require('./picture');
const { startServer } = require('./server');
const { loopback } = require('../testing/certificates');

const PARTS = {
  tokens: () => runPart('tokens'),
  instances: () => runPart('instances'),
  handlers: () => runPart('handlers'),
  requests: runRequests,
  ends: runEnds,
  refused: () => runPart('refused'),
  load: () => runPart('load'),
  memory: () => runPart('memory'),
};

async function main(names) {
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown) {
    console.error(`No part "${unknown}". Parts: ${Object.keys(PARTS).join(', ')}`);
    process.exit(2);
  }
  const rows = [];
  const notes = [machine()];
  for (const name of names.length ? names : Object.keys(PARTS)) {
    console.error(`${name} …`);
    rows.push(...(await PARTS[name](notes)));
  }
  console.log(`${tableOf(rows)}\n\n${notes.join('\n')}`);
  if (names.length === 0) {
    fs.writeFileSync(path.join(__dirname, '../docs/benchmark.svg'), pictureOf(rows, notes[0]));
  }
}

async function runRequests(notes) {
  const { locator } = instanceOptions({ SDKInfo: Object });
  const prefix = `/services/bench/v1/${locator.split(':')[2]}/`;
  const server = await startServer(prefix);
  notes.push(`Requests went to ${server.name}.`);
  try {
    // Node reads the first variable, and impit reads the second.
    const env = { NODE_EXTRA_CA_CERTS: server.caFile, SSL_CERT_FILE: server.caFile };
    return await runPart('requests', [server.host, String(server.port), prefix], env);
  } finally {
    await server.stop();
  }
}

/** Measures calls to a server that ends its connections. */
async function runEnds() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pusher-platform-bench-'));
  const file = (name, text) => {
    fs.writeFileSync(path.join(directory, name), text);
    return path.join(directory, name);
  };
  try {
    const { ca, ...certificate } = loopback();
    const settings = file(
      'server.json',
      JSON.stringify({ ...certificate, endsKeptEvery: 100 / 6 }),
    );
    return await runPart('ends', [settings], { NODE_EXTRA_CA_CERTS: file('ca.pem', ca) });
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** Runs a part in a separate process, which the other parts cannot affect, and returns its rows. */
async function runPart(name, args = [], env = {}) {
  const child = fork(path.join(__dirname, `${name}.js`), args, {
    env: { ...process.env, ...env },
    execArgv: ['--expose-gc'],
  });
  let rows;
  child.on('message', (message) => {
    rows = message;
  });
  const [code, signal] = await once(child, 'close');
  if (!rows) throw new Error(`The part "${name}" ended with ${signal || `code ${code}`}`);
  return rows;
}

/** @param {import('./measure').Row[]} rows */
function tableOf(rows) {
  const lines = [
    ['what', 'against', 'ratio', 'target', 'met', 'ours', 'theirs'],
    ...rows.map((row) => [
      row.what,
      row.against,
      row.ratio.toPrecision(3),
      targetText(row.target),
      verdict(row),
      row.ours,
      row.theirs,
    ]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const lineOf = (cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [lineOf(lines[0]), rule, ...lines.slice(1).map(lineOf)].join('\n');
}

function targetText({ atLeast, atMost, within }) {
  if (within !== undefined) return `≤ ${within} ns`;
  if (atLeast !== undefined) return `≥ ${atLeast}`;
  return atMost === undefined ? '' : `≤ ${atMost}`;
}

function verdict({ ratio, time, target: { atLeast, atMost, within } }) {
  if (within !== undefined) return time <= within ? 'yes' : 'NO';
  if (atLeast !== undefined) return ratio >= atLeast ? 'yes' : 'NO';
  if (atMost !== undefined) return ratio <= atMost ? 'yes' : 'NO';
  return '';
}

function machine() {
  const processors = os.cpus();
  const system = `${os.type()} ${os.arch()}`;
  return `Node ${process.versions.node}, ${system}, ${processors.length} × ${processors[0].model.trim()}.`;
}

main(process.argv.slice(2));
