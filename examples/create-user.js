'use strict';

// Creates a user in Chatkit with a direct request to the service, without a service SDK.

const { ErrorResponse, Instance, readJSON, SDKInfo } = require('pusher-platform-native');

const instance = new Instance({
  locator: process.env.PUSHER_LOCATOR,
  key: process.env.PUSHER_KEY,
  serviceName: 'chatkit',
  serviceVersion: 'v6',
  sdkInfo: new SDKInfo({ productName: 'my-app', version: '1.0.0' }),
  host: process.env.PUSHER_HOST, // Without host and port, the locator selects the cluster.
  port: Number(process.env.PUSHER_PORT),
  ca: process.env.PUSHER_CA, // Without `ca`, the certificates that Node trusts apply.
});

async function main() {
  const { token: jwt } = instance.generateAccessToken({ su: true });
  try {
    const response = await instance.request({
      method: 'POST',
      path: 'users',
      body: { id: 'ham', name: 'Ham Chapman' },
      jwt,
    });
    console.log(response.statusCode, await readJSON(response));
  } catch (error) {
    // An ErrorResponse is a refusal by the platform. Any other error is a network failure or a bug in this program.
    if (!(error instanceof ErrorResponse)) throw error;
    console.log(error.status, error.error, error.error_description);
    process.exitCode = 1;
  }
}

main();
