'use strict';

// Prints what New Relic's agent records. The arguments are the folder where the agent is installed and the package.

const path = require('path');

const [tools, subject] = process.argv.slice(2);
Object.assign(process.env, {
  NEW_RELIC_APP_NAME: 'tracers',
  NEW_RELIC_ENABLED: 'true',
  NEW_RELIC_HOST: '127.0.0.1',
  NEW_RELIC_LICENSE_KEY: '0'.repeat(40),
  NEW_RELIC_LOG_ENABLED: 'false',
  NEW_RELIC_NO_CONFIG_FILE: 'true',
  NEW_RELIC_PORT: '1',
});
const agent = require(path.join(tools, 'newrelic'));

const { makeCalls, print } = require('./calls');

// Flattens the tree of segments, because the agent nests the segments of redirects differently for different clients.
function below({ children }) {
  return children.flatMap((child) => [child.segment, ...below(child)]).filter(isCall);
}

function isCall({ name }) {
  return name.startsWith('External/');
}

async function main() {
  let spans;
  const asked = await makeCalls(subject, (work) =>
    agent.startBackgroundTransaction('handler', async () => {
      await work();
      const { trace } = agent.agent.tracer.getTransaction();
      spans = below(trace.segments.root).map(({ name }) => ({ name }));
    }),
  );
  print({ asked, spans });
}

main();
