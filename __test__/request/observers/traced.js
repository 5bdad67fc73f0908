'use strict';

// Runs a server under OpenTelemetry, whose handler makes requests with the named package, and prints the tree of its spans.

const { context, trace } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
registerInstrumentations({
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
});

// OpenTelemetry instruments the modules that are loaded from here on.
const http = require('node:http');

const { createPlatform } = require('../../../testing');
const { IDENTITY, optionsOf } = require('../../support/local');

const CALLS = [
  [{ method: 'GET', path: 'good', qs: { x: 1 } }],
  [{ method: 'POST', path: 'good', body: { a: [1] } }],
  [{ method: 'get', path: 'moved' }],
  [{ method: 'GET', path: 'round' }],
  [
    { method: 'GET', path: 'bad' },
    { method: 'DELETE', path: 'worse' },
  ],
  [{ method: 'POST', path: 'broken' }],
  // These two requests run at the same time, and one of them is redirected.
  [
    { method: 'GET', path: 'good' },
    { method: 'GET', path: 'moved' },
  ],
];

async function main(name) {
  const { Instance } = require(name);
  const platform = await createPlatform(IDENTITY);
  for (const method of ['GET', 'POST']) platform.on(method, 'good', { body: 'here' });
  platform.on('GET', 'moved', { status: 302, headers: { location: 'good' }, body: '' });
  platform.on('GET', 'round', { status: 302, headers: { location: 'round' }, body: '' });
  platform.on('GET', 'bad', { status: 400, body: { error: 'bad' } });
  platform.on('DELETE', 'worse', { status: 503, body: 'no' });
  // Ours does not retry a POST after a reset, even if the connection was kept alive.
  platform.on('POST', 'broken', { fault: 'reset' });

  const instance = new Instance(optionsOf(platform));
  const { token: jwt } = instance.generateAccessToken({ su: true });
  const server = http.createServer(async (request, response) => {
    const here = trace.getSpan(context.active());
    const calls = CALLS[Number(request.url.slice(1))];
    await Promise.allSettled(calls.map((call) => instance.request({ ...call, jwt })));
    response.end(String(trace.getSpan(context.active()) === here));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answers = [];
  for (const index of CALLS.keys()) answers.push(await get(server.address().port, index));
  server.close();
  server.closeAllConnections();
  await platform.close();

  const spans = exporter.getFinishedSpans();
  const text = JSON.stringify(spans.map(({ attributes, events }) => ({ attributes, events })));
  console.log(
    JSON.stringify({
      answers,
      tree: treeOf(spans, undefined),
      isTokenTold: text.includes(jwt),
    }),
  );
}

// Sends the request outside the instrumentation, which would otherwise make the handler's span a child.
function get(port, index) {
  return new Promise((resolve, reject) => {
    const socket = require('node:net').connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () =>
      resolve(text.split('\r\n').filter((line) => /^(true|false)$/.test(line))),
    );
    socket.on('error', reject);
    socket.write(`GET /${index} HTTP/1.0\r\n\r\n`);
  });
}

/**
 * Returns what both instrumentations record of a span, and its children, sorted, because the order of concurrent spans varies.
 */
function treeOf(spans, parent) {
  return spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .map((span) => {
      const { kind, attributes, status, events } = span;
      const url = attributes['url.full'] || attributes['http.url'] || attributes['url.path'];
      return {
        kind,
        method: attributes['http.request.method'] || attributes['http.method'],
        url: String(url).replace(/:\d+\//, '/'),
        status: attributes['http.response.status_code'] || attributes['http.status_code'],
        peer: attributes['network.peer.address'],
        isError: status.code === 2,
        message: status.message,
        events: events.map(({ name, attributes: of }) => [name, of['exception.message']]),
        children: treeOf(spans, span.spanContext().spanId),
      };
    })
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

main(process.argv[2]);
