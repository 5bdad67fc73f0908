'use strict';

// Prints what Sentry records. The arguments are the folder where Sentry is installed and the package.

const path = require('path');

const [tools, subject] = process.argv.slice(2);
const Sentry = require(path.join(tools, '@sentry/node'));

const sent = [];
const send = async (envelope) => {
  sent.push(envelope);
  return {};
};
Sentry.init({
  dsn: 'https://key@127.0.0.1/1',
  tracesSampleRate: 1,
  tracePropagationTargets: [/./],
  transport: () => ({ send, flush: async () => true }),
});

const { makeCalls, print } = require('./calls');

async function main() {
  const asked = await makeCalls(subject, (work) => Sentry.startSpan({ name: 'handler' }, work));
  await Sentry.flush();
  const items = sent.flatMap(([, all]) => all).filter(([{ type }]) => type === 'span');
  const all = items.flatMap(([, { items: spans }]) => spans);
  const isCall = ({ is_segment: isSegment }) => !isSegment;
  const handler = all.find(({ name }) => name === 'handler');
  const spans = all.filter(isCall).map((span) => ({
    name: span.name,
    status: span.status,
    isChild: span.parent_span_id === handler.span_id,
    url: span.attributes['url.full']?.value,
    code: span.attributes['http.response.status_code']?.value,
  }));
  print({ asked, spans });
}

main();
