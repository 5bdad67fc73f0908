'use strict';

// Compares what tracers record of our requests and of the original's, and checks that ours are sent natively under each tracer:
// `node scripts/tracers.js`. The tracers are large, and
// therefore not development dependencies. They send nothing: the data that they would send stays in the process. The tests use
// OpenTelemetry's instrumentations of http and undici; this script uses all the instrumentations that its package for Node
// registers.

const assert = require('assert');
const { spawnSync } = require('child_process');
const path = require('path');

const { installOnce } = require('./installed');

const TRACERS = {
  '@opentelemetry/auto-instrumentations-node': '0.81.2',
  '@sentry/node': '11.12.0',
  'dd-trace': '5.132.0',
  newrelic: '13.20.0',
};
const TIMEOUT = 60_000;
// The number of calls that each program makes: see tracers/calls.js.
const CALLS = 4;

function main() {
  const tools = path.join(installOnce('tracers', TRACERS), 'node_modules');
  for (const name of ['opentelemetry', 'sentry', 'newrelic', 'datadog']) {
    const [ours, original] = ['..', 'platform-node-original'].map((subject) =>
      seen(path.join(__dirname, 'tracers', `${name}.js`), tools, subject),
    );
    assert.deepStrictEqual(ours.recorded, original.recorded);
    const { spans } = original.recorded;
    assert.ok(spans.length >= 4);
    assert.strictEqual(ours.lines.length, CALLS);
    for (const line of ours.lines) {
      assert.match(line, /, natively$/);
    }
    console.log(`${name}: ${spans.length} spans alike, ${CALLS} calls sent natively`);
  }
}

/** Returns what a tracer has recorded, as its program prints it in the last line, and the lines of NODE_DEBUG. */
function seen(program, tools, subject) {
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    NODE_DEBUG: 'pusher-platform',
    NODE_NO_WARNINGS: '1',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, tools, subject], {
    env,
    encoding: 'utf8',
    timeout: TIMEOUT,
  });
  if (status !== 0) {
    throw new Error(`${program} ended with ${status}:\n${stdout}\n${stderr}`);
  }
  const lines = stderr.match(/^PUSHER-PLATFORM .*$/gm) || [];
  return { recorded: JSON.parse(stdout.trimEnd().split('\n').pop()), lines };
}

main();
