'use strict';

// Starts the server of these tests, which answers each request with the last segment of its path.

const { once } = require('events');
const https = require('https');

const { loopback } = require('../../../testing/certificates');

/** @returns {Promise<{ host: string, port: number, ca: string, close(): Promise<void> }>} */
exports.echo = async () => {
  const { chain, key, ca } = loopback();
  const server = https.createServer({ cert: chain, key }, (request, response) => {
    const [, way, id] = /(\w+)\/(\w+)(?:\?.*)?$/.exec(request.url);
    request.resume();
    request.on('end', () => {
      if (way === 'refuse') {
        response.statusCode = 403;
        response.end(JSON.stringify({ error: id }));
      } else if (way !== 'silent') {
        response.end(id);
      }
    });
  });
  // A call must not fail because the server closes its connection.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return {
    host: '127.0.0.1',
    port: server.address().port,
    ca,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
