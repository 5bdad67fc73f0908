'use strict';

// Prints what dd-trace records; dd-trace subscribes to undici's channels once undici is loaded. The arguments are the folder
// where dd-trace is installed and the package.

const path = require('path');

const [tools, subject] = process.argv.slice(2);
Object.assign(process.env, {
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_TRACE_AGENT_URL: 'http://127.0.0.1:1',
  DD_TRACE_STARTUP_LOGS: 'false',
});
const tracer = require(path.join(tools, 'dd-trace')).init();
require('undici');

const { makeCalls, print } = require('./calls');

async function main() {
  const formatted = [];
  tracer._tracer._processor._exporter.export = (spans) => formatted.push(...spans);
  const asked = await makeCalls(subject, (work) => tracer.trace('handler', work));
  // Connections are left out, because they are not made in Node.
  const spans = formatted
    .filter(({ meta }) => meta['span.kind'] === 'client' && 'http.url' in meta)
    .map(({ resource, meta, error }) => ({
      resource,
      error,
      url: meta['http.url'],
      code: meta['http.status_code'],
    }));
  print({ asked, spans });
}

main();
