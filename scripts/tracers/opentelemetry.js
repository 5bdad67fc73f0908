'use strict';

// Prints what OpenTelemetry records with all the instrumentations that its package for Node registers. The arguments are the
// folder where the package is installed and the package under test.

const path = require('path');

const [tools, subject] = process.argv.slice(2);
Object.assign(process.env, {
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_TRACES_EXPORTER: 'none',
});
const opentelemetry = (name) => require(path.join(tools, '@opentelemetry', name));
const { trace } = opentelemetry('api');
const { getNodeAutoInstrumentations } = opentelemetry('auto-instrumentations-node');
const { NodeSDK } = opentelemetry('sdk-node');
const { InMemorySpanExporter, SimpleSpanProcessor } = opentelemetry('sdk-trace-node');

const exporter = new InMemorySpanExporter();
new NodeSDK({
  instrumentations: [getNodeAutoInstrumentations()],
  spanProcessors: [new SimpleSpanProcessor(exporter)],
}).start();

const { makeCalls, print } = require('./calls');

const CLIENT = 2;

async function main() {
  const asked = await makeCalls(subject, (work) =>
    trace.getTracer('tracers').startActiveSpan('handler', async (span) => {
      await work();
      span.end();
    }),
  );
  const all = exporter.getFinishedSpans();
  const handler = all.find(({ name }) => name === 'handler').spanContext();
  // Connections are left out, because they are not made in Node, and so are the spans of the platform in this process.
  const spans = all
    .filter(({ kind }) => kind === CLIENT)
    .map(({ name, attributes, status, parentSpanContext }) => ({
      name,
      status,
      isChild: parentSpanContext?.spanId === handler.spanId,
      url: attributes['url.full'] || attributes['http.url'],
      code: attributes['http.response.status_code'] || attributes['http.status_code'],
    }));
  print({ asked, spans });
}

main();
