'use strict';

// Runs a program together with a local Pusher platform: `node examples/local.js examples/chatkit.js`.
//
// The platform's services are in feeds.js and users.js. The program finds the platform by the environment variables PUSHER_….

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { createPlatform } = require('pusher-platform-native/testing');

const serveFeeds = require('./feeds');
const serveUsers = require('./users');

const LOCATOR = 'v1:local:1a234-123a-1234-12a3-1234123aa12';
const KEY = 'key-id:key-secret';

exports.runLocally = async (program) => {
  const platform = await createPlatform({ locator: LOCATOR, key: KEY });
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pusher-platform-local-'));
  serveFeeds(platform);
  serveUsers(platform);
  try {
    console.log(`A Pusher platform listens on https://${platform.host}:${platform.port}.`);

    // The platform's certificate has its own root certificate, which a program passes as `ca`. For programs without a `ca`
    // option, Node reads additional root certificates from the file that NODE_EXTRA_CA_CERTS names, once, at startup.
    const authority = path.join(directory, 'authority.pem');
    fs.writeFileSync(authority, platform.ca);
    const child = spawn(process.execPath, [program], {
      stdio: 'inherit',
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: authority,
        NO_PROXY: platform.host, // Requests to this machine itself do not use a proxy.
        PUSHER_HOST: platform.host,
        PUSHER_PORT: String(platform.port),
        PUSHER_CA: platform.ca,
        PUSHER_LOCATOR: LOCATOR,
        PUSHER_KEY: KEY,
      },
    });
    const [code] = await once(child, 'exit');
    process.exitCode = code === 0 ? 0 : 1;
  } finally {
    fs.rmSync(directory, { recursive: true });
    await platform.close();
  }
};

if (require.main === module) exports.runLocally(process.argv[2]);
