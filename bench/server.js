'use strict';

// Starts the TLS server for the measurement of requests: nginx, or, if nginx is not installed, Node in a separate process.

const { fork, spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const https = require('node:https');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');

const { loopback } = require('../testing/certificates');

const HOST = '127.0.0.1';
const LARGE = 10 * 1024 * 1024;

// This response has 100 bytes.
const SMALL_ANSWER = JSON.stringify({ status: 'ok', text: 'x'.repeat(75) });

/** Returns a JSON value of about 10 MB. Its messages are long, so that serializing the JSON is not most of the work. */
function largeValue() {
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
  const item = { user: 'user-1234', text, sent: 1 };
  const count = Math.ceil(LARGE / JSON.stringify(item).length);
  return { items: Array.from({ length: count }, () => item) };
}

/**
 * Starts a server with three paths below `prefix`: `small` returns 100 bytes, `large` returns 10 MB, and `sink` returns 100 bytes
 * after reading the whole request.
 *
 * @param {string} prefix the prefix of all paths
 * @returns {Promise<{ host: string, port: number, caFile: string, name: string, stop(): Promise<void> }>}
 */
async function startServer(prefix) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pusher-platform-bench-'));
  const certificate = loopback();
  const caFile = path.join(directory, 'ca.pem');
  fs.writeFileSync(caFile, certificate.ca);
  fs.writeFileSync(path.join(directory, 'chain.pem'), certificate.chain);
  fs.writeFileSync(path.join(directory, 'key.pem'), certificate.key);
  fs.writeFileSync(path.join(directory, 'large.json'), JSON.stringify(largeValue()));

  const port = await freePort();
  const version = nginxVersion();
  const child = version
    ? startNginx(directory, prefix, port)
    : fork(__filename, [directory, prefix, String(port)]);
  const end = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await end;
    fs.rmSync(directory, { recursive: true, force: true });
  };
  const isReady = await Promise.race([accepts(port).then(() => true), end.then(() => false)]);
  if (!isReady) {
    await stop();
    throw new Error(`The server ended with code ${child.exitCode}`);
  }
  const name = version || `Node's own HTTPS server (for nginx: ${INSTALL})`;
  return { host: HOST, port, caFile, name, stop };
}

const INSTALL = 'apt install nginx, dnf install nginx, brew install nginx';

function nginxVersion() {
  const { status, stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  return status === 0 ? stderr.trim().replace(/^nginx version: /, '') : undefined;
}

function startNginx(directory, prefix, port) {
  const socket = `unix:${directory}/sink.sock`;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  // A location with `return` does not wait for the request's body. With `proxy_pass`, `sink` reads the whole body first.
  const configuration = `
    daemon off;
    master_process off;
    worker_processes 1;
    pid ${directory}/nginx.pid;
    error_log stderr crit;
    events { worker_connections 8192; }
    http {
      access_log off;
      default_type application/json;
      keepalive_timeout 3600;
      keepalive_requests 1000000000;
      client_max_body_size 20m;
      client_body_buffer_size 16m;
      ${temporary.join('\n      ')}
      server {
        listen ${HOST}:${port} ssl backlog=4096;
        ssl_certificate ${directory}/chain.pem;
        ssl_certificate_key ${directory}/key.pem;
        location = ${prefix}small { return 200 '${SMALL_ANSWER}'; }
        location = ${prefix}large { alias ${directory}/large.json; }
        location = ${prefix}sink { proxy_pass http://${socket}; }
      }
      server {
        listen ${socket};
        location / { return 200 '${SMALL_ANSWER}'; }
      }
    }`;
  const file = path.join(directory, 'nginx.conf');
  fs.writeFileSync(file, configuration);
  return spawn('nginx', ['-p', directory, '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function serve(directory, prefix, port) {
  const read = (name) => fs.readFileSync(path.join(directory, name));
  const large = read('large.json');
  const server = https.createServer({ cert: read('chain.pem'), key: read('key.pem') });
  server.keepAliveTimeout = 3600 * 1000;
  server.on('request', (request, response) => {
    const body = request.url === `${prefix}large` ? large : SMALL_ANSWER;
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Content-Length', body.length);
    request.resume().on('end', () => response.end(body));
  });
  server.listen({ host: HOST, port: Number(port), backlog: 4096 });
}

async function freePort() {
  const server = net.createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function accepts(port) {
  for (;;) {
    try {
      const socket = net.connect(port, HOST);
      await once(socket, 'connect');
      socket.destroy();
      return;
    } catch {
      await delay(10);
    }
  }
}

if (require.main === module) {
  const [directory, prefix, port] = process.argv.slice(2);
  serve(directory, prefix, port);
  // The server exits together with the benchmark.
  process.on('disconnect', () => process.exit());
}

module.exports = { SMALL_ANSWER, largeValue, startServer };
