'use strict';

const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');

/**
 * Starts a proxy that connects each host name to this machine.
 * @returns {Promise<{ port: number, url: string, close: () => void }>}
 */
async function startProxy() {
  const server = http.createServer().on('connect', (request, socket) => {
    const upstream = net.connect(Number(request.url.split(':').pop()), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () => server.close(),
  };
}

module.exports = { startProxy };
