'use strict';

// Runs every version of `@pusher/chatkit-server` whose dependency range includes 0.15, over the original that the version depends
// on and over ours.

const path = require('node:path');
const { isDeepStrictEqual } = require('node:util');

const { answersAt, callAt, cases, INTERNAL, NOW, recipe } = require('../package/chatkit');
const { startWire } = require('../request/wire');
const { names } = require('../support/packages');
const { installOnce } = require('../../scripts/installed');

// Version 1.0.2 depends on the original under its first name; older versions depend on 0.13.
const VERSIONS = ['1.0.2', '1.0.3', '1.0.4', '1.0.6', '1.1.0', '1.2.0', '1.3.0'].concat([
  '2.0.1',
  '2.1.0',
  '2.1.1',
  '2.2.0',
  '2.4.0',
]);
const FIRST_NAME = 'pusher-platform-node';

const aliasOf = (version) => `chatkit-server-${version}`;
const PACKAGES = {
  ...Object.fromEntries(
    VERSIONS.map((version) => [aliasOf(version), `npm:@pusher/chatkit-server@${version}`]),
  ),
  [FIRST_NAME]: '0.15.0',
};

/** Compares all methods of a version over ours and over an original: the requests and the outcomes. */
async function compare(title, sdk, original, report) {
  const wire = await startWire({ seats: [original, names.ours], sdk });
  try {
    const { prototype } = require(sdk).default;
    const methods = Object.getOwnPropertyNames(prototype).filter(
      (name) => name !== 'constructor' && !INTERNAL.includes(name),
    );
    for (const method of methods) {
      await compareMethod(`${title}: ${method}`, method, wire, report);
    }
  } finally {
    await wire.close();
  }
}

async function compareMethod(name, method, wire, report) {
  for (const [answer, respond] of Object.entries(answersAt(wire.port))) {
    const named = `${name}, ${answer}`;
    try {
      for (const args of cases[method]) {
        const list = [{ method, args: args.map(recipe), clock: NOW }];
        await wire.same(callAt(wire.port, list), respond);
      }
      report.equal(named);
    } catch (error) {
      if (isCrash(error)) report.explained(named, 'process-ends');
      else if (isSecretKept(error)) report.explained(named, 'secrets-shown');
      else report.different(named, error);
    }
  }
}

// The first version of the original parses the body of an error response where nothing catches an exception.
const isCrash = ({ message }) =>
  message.includes(`${FIRST_NAME} ended its process`) &&
  /SyntaxError: .* JSON[\s\S]*at Request._callback [^\n]*base_client/.test(message);

// Versions 1.1 to 1.3 send all properties of an Instance as a query: with the original, this includes its secret and a token.
const isSecretKept = ({ actual, expected }) =>
  isDeepStrictEqual(withoutSecrets(actual), withoutSecrets(expected));

const withoutSecrets = (seen) => ({
  ...seen,
  requests: seen?.requests.map((request) => ({
    ...request,
    target: request.target.replace(
      /&serverInstance[^&]*(keySecret|KeySecret|Authorization)[^&]*/gi,
      '',
    ),
  })),
});

module.exports = {
  title: 'every method of the service SDK in each of its versions',
  source: `@pusher/chatkit-server ${VERSIONS.join(', ')}, over @pusher/platform-node 0.15.5 and pusher-platform-node 0.15.0`,
  licence: 'MIT',
  // The suite installs all these versions.
  isQuick: false,
  atLeast: 5_000,
  async run(report) {
    const folder = path.join(installOnce('service-sdks', PACKAGES), 'node_modules');
    for (const version of VERSIONS) {
      const sdk = path.join(folder, aliasOf(version));
      const first = path.join(folder, FIRST_NAME);
      const isFirst = version === VERSIONS[0];
      await compare(`${version} over 0.15.5`, sdk, names.original, report);
      if (isFirst || version === VERSIONS.at(-1)) {
        await compare(`${version} over ${FIRST_NAME} 0.15.0`, sdk, first, report);
      }
    }
  },
};
