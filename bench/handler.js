'use strict';

// Runs an HTTP server that creates an instance and authenticates a user for each request, with the package in its argument.

const http = require('node:http');

const { instanceOptions } = require('./instance');

const surface = require(process.argv[2]);
const CREDENTIALS = { grant_type: 'client_credentials' };

const server = http.createServer((_request, response) => {
  const instance = new surface.Instance(instanceOptions(surface));
  const { status, body } = instance.authenticate(CREDENTIALS, { userId: 'ham' });
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
