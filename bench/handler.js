'use strict';

// An HTTP server that makes its instance and authenticates a user in each handler, with the package that its argument names.

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
