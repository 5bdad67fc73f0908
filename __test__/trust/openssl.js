'use strict';

// Runs OpenSSL's own server, `openssl s_server`, and asks the installed OpenSSL what it knows.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');

const { response } = require('../request/failures/support');

/** Returns what a command of OpenSSL prints, or undefined if it fails. */
function openssl(...args) {
  const { status, stdout } = spawnSync('openssl', args, { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

/** The version of the installed OpenSSL, or undefined if there is none. LibreSSL, which macOS has, knows other commands. */
const version = /^OpenSSL [3-9]\S*/.exec(openssl('version') ?? '')?.[0];

/** Returns the versions of TLS, in Node's spelling. */
const versions = () => {
  const { stdout, stderr } = spawnSync('openssl', ['s_server', '-help'], { encoding: 'utf8' });
  const options = (stdout + stderr).match(/(?<=^ -tls)1(_\d)?(?= )/gm);
  return options.map((option) => `TLSv${option.replace('_', '.')}`);
};

/** Returns the names of the cipher suites of TLS 1.2 and earlier. */
const cipherSuites = () =>
  openssl('ciphers', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0')
    .match(/[^:\s]+/g)
    .filter((name) => !name.startsWith('TLS_'));

/** Returns the names of all elliptic curves, with or without a meaning in TLS. */
const curves = () => openssl('ecparam', '-list_curves').match(/(?<=^\s*)\S+(?=\s*:)/gm);

/** Returns the names of the digests. */
const digests = () => openssl('list', '-digest-commands').match(/\S+/g);

/** Returns the names in one of the colon-separated lists of TLS, which OpenSSL prints from version 3.5 on, or none. */
const listed = (list) => openssl('list', list)?.match(/[^:\s]+/g) ?? [];

/**
 * Starts a server, which serves one connection after another and records the requests.
 * @param {string[]} args the arguments in addition to the address
 * @returns {Promise<{ port: number, requests: object[], close: () => Promise<void> }>}
 *   rejects with the words of OpenSSL if it does not start with these arguments
 */
async function serve(args) {
  const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...args]);
  const ended = once(child, 'close');
  const requests = [];
  let stderr = '';
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  child.stdin.on('error', () => {});
  const port = await new Promise((resolve, reject) => {
    child.on('error', reject);
    ended.then(() => reject(new Error(stderr)), reject);
    // The output has what the client sends, among what the server says of each connection.
    let unread = '';
    child.stdout.setEncoding('latin1').on('data', (text) => {
      unread += text;
      const [, accepting] = /^ACCEPT \S+:(\d+)/m.exec(unread) ?? [];
      if (accepting) resolve(Number(accepting));
      const [head, method, target, lines] =
        /(GET) (\S+) HTTP\/1\.1\r\n(.+?)\r\n\r\n/s.exec(unread) ?? [];
      if (head === undefined) return;
      unread = '';
      const headers = lines.split('\r\n').map((line) => /^([^:]*): ?(.*)$/.exec(line).slice(1));
      requests.push({ method, target, headers, body: '' });
      child.stdin.write(response('200 OK', 'body'));
    });
  });
  return {
    port,
    requests,
    close: async () => {
      child.kill();
      await ended;
    },
  };
}

module.exports = { cipherSuites, curves, digests, listed, serve, version, versions };
