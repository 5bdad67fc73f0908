#!/usr/bin/env node
'use strict';

// The command `npx pusher-platform-native doctor [--host H] [--port P] [--json]`, for somebody who takes this package in: says
// which addon is loaded and how calls are sent here, and tries a host. Its exit code is 0 only if calls can work.

const { examine } = require('./examine');
const { asText } = require('./text');

const USAGE = `Usage: pusher-platform-native doctor [--host HOST] [--port PORT] [--json]

Says which addon is loaded, how calls are sent and why, and which proxies and certificates apply.
With a host, it also tries to reach it, by this package and by Node's own TLS.
The exit code is 0 only if calls can work.
`;

const HTTPS_PORT = 443;

async function main() {
  const options = read(process.argv.slice(2));
  if (options === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const report = await examine(options);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
  process.exitCode = report.works ? 0 : 1;
}

/**
 * Returns the options of the command line, or undefined if they are not as in the usage.
 * @param {string[]} args
 */
function read([command, ...rest]) {
  if (command !== 'doctor') {
    return undefined;
  }
  /** @type {{ host?: string, port: number, json: boolean }} */
  const options = { host: undefined, port: HTTPS_PORT, json: false };
  while (rest.length > 0) {
    const option = rest.shift();
    const value = option === '--json' ? '' : rest.shift();
    if (option === '--json') {
      options.json = true;
    } else if (option === '--host' && value) {
      options.host = value;
    } else if (option === '--port' && isPort(value)) {
      options.port = Number(value);
    } else {
      return undefined;
    }
  }
  return options;
}

/** @param {string | undefined} value */
function isPort(value) {
  return value !== undefined && /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65535;
}

main();
