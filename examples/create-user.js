'use strict';

// A request to a service, without an SDK of that service: creates a user of Chatkit.

const { ErrorResponse, Instance, readJSON, SDKInfo } = require('pusher-platform-native');

const instance = new Instance({
  locator: process.env.PUSHER_LOCATOR,
  key: process.env.PUSHER_KEY,
  serviceName: 'chatkit',
  serviceVersion: 'v6',
  sdkInfo: new SDKInfo({ productName: 'my-app', version: '1.0.0' }),
  host: process.env.PUSHER_HOST, // left out, they are those of the cluster that the locator names
  port: Number(process.env.PUSHER_PORT),
  ca: process.env.PUSHER_CA, // without it: whom Node trusts
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
    // The platform said no. Anything else is the network, or a mistake of ours.
    if (!(error instanceof ErrorResponse)) throw error;
    console.log(error.status, error.error, error.error_description);
    process.exitCode = 1;
  }
}

main();
