'use strict';

// Compares what tracers record of our requests and of the original's: `node scripts/tracers.js`. The tracers are large, and
// therefore not development dependencies. They send nothing: the data that they would send stays in the process. The tests use
// OpenTelemetry's instrumentations of http and undici; this script uses all the instrumentations that its package for Node
// registers.

const assert = require('assert');
const { execFileSync } = require('child_process');
const path = require('path');

const { installOnce } = require('./installed');

const TRACERS = {
  '@opentelemetry/auto-instrumentations-node': '0.81.2',
  '@sentry/node': '11.12.0',
  'dd-trace': '5.132.0',
  newrelic: '13.20.0',
};
const TIMEOUT = 60_000;

function main() {
  const tools = path.join(installOnce('tracers', TRACERS), 'node_modules');
  for (const name of ['opentelemetry', 'sentry', 'newrelic', 'datadog']) {
    const [ours, original] = ['..', 'platform-node-original'].map((subject) =>
      seen(path.join(__dirname, 'tracers', `${name}.js`), tools, subject),
    );
    assert.deepStrictEqual(ours, original);
    assert.ok(original.spans.length >= 4);
    console.log(`${name}: ${original.spans.length} spans alike`);
  }
}

/** Returns what a tracer has recorded, as its program prints it in the last line. */
function seen(program, tools, subject) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NODE_NO_WARNINGS: '1', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const args = [program, tools, subject];
  const output = execFileSync(process.execPath, args, { env, encoding: 'utf8', timeout: TIMEOUT });
  return JSON.parse(output.trimEnd().split('\n').pop());
}

main();
