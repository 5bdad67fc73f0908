#!/usr/bin/env node
'use strict';

// The command `npx pusher-platform-native doctor [--host H] [--port P] [--ca FILE] [--json]`, for somebody who takes this package in:
// says which addon is loaded and how calls are sent here, and tries a host. Its exit code is 0 only if calls can work.

const { examine, version } = require('./examine');
const { asText } = require('./text');

const USAGE = `Usage: pusher-platform-native doctor [--host HOST [--port PORT] [--ca FILE]] [--json]

Says which addon is loaded, how calls are sent and why, and which proxies and certificates apply.
With a host, it also tries to reach it, by this package and by Node's own TLS. With a file of certificates in PEM, it
trusts these alone, as with the option \`ca\`.
The exit code is 0 only if calls can work.
`;

const HTTPS_PORT = 443;

/** An argument that is not as in the usage. */
class Misuse extends Error {}

async function main() {
  const args = process.argv.slice(2);
  if (args.some((each) => each === '--help' || each === '-h')) {
    process.stdout.write(USAGE);
    return;
  }
  if (args.includes('--version')) {
    process.stdout.write(`${version}\n`);
    return;
  }
  let options;
  try {
    options = read(args);
  } catch (error) {
    if (!(error instanceof Misuse)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const report = await examine(options);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
  process.exitCode = report.works ? 0 : 1;
}

/**
 * Returns the options of the command line. Throws if they are not as in the usage.
 * @param {string[]} args
 */
function read([command, ...rest]) {
  if (command !== 'doctor') {
    throw new Misuse(command ? `There is no command ${command}.` : 'A command is missing.');
  }
  /** @type {Record<string, string>} */
  const given = {};
  let json = false;
  for (let index = 0; index < rest.length; index++) {
    const [, name, inline] = /^--(host|port|ca)(?:=(.*))?$/s.exec(rest[index]) || [];
    if (rest[index] === '--json') {
      json = true;
    } else if (name !== undefined) {
      const value = inline === undefined ? rest[++index] : inline;
      if (!value) {
        throw new Misuse(`--${name} needs a value.`);
      }
      given[name] = value;
    } else {
      throw new Misuse(`There is no argument ${rest[index]}.`);
    }
  }
  const { host, port = String(HTTPS_PORT), ca } = given;
  for (const name of ['port', 'ca']) {
    if (host === undefined && given[name] !== undefined) {
      throw new Misuse(`--${name} needs --host as well.`);
    }
  }
  if (host !== undefined) {
    checkHost(host);
  }
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw new Misuse(`--port must be a number from 1 to 65535, and not ${port}.`);
  }
  return { host, port: Number(port), ca, json };
}

/** @param {string} host */
function checkHost(host) {
  const [, , url, , ofUrl] =
    /^(\w+:)?\/\/(?:[^/]*@)?([\w.-]+|\[[\da-f:.]+\])(:(\d+))?/i.exec(host) || [];
  const [, name, port] = /^([\w.-]+|\[[\da-f:.]+\]):(\d+)$/i.exec(host) || [];
  const alone = url || name;
  if (alone !== undefined) {
    const digits = ofUrl || port;
    const right = `--host ${alone.replace(/^\[|\]$/g, '')}${digits ? ` --port ${digits}` : ''}`;
    throw new Misuse(`--host must be a name or an IP address alone: ${right}`);
  }
}

main();
