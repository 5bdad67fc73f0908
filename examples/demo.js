'use strict';

// Shows the whole package at work: `npm run demo`. Exits with 0 only if every step was right.
//
// This half starts a Pusher platform on this machine; walk.js is the half that a user would write.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { createPlatform } = require('../__test__/support/platform.js');

const LOCATOR = 'v1:local:1a234-123a-1234-12a3-1234123aa12';
const KEY = 'key-id:key-secret';

async function main() {
  const platform = await createPlatform({ locator: LOCATOR, key: KEY });
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pusher-platform-demo-'));
  try {
    console.log(`A Pusher platform listens on https://${platform.host}:${platform.port}.`);

    // Its certificate comes from an authority of its own. Node reads the authorities to trust
    // beside its own once, at start, from the file that this variable names: hence a new process.
    const authority = path.join(directory, 'authority.pem');
    fs.writeFileSync(authority, platform.ca);
    const walk = spawn(process.execPath, [path.join(__dirname, 'walk.js')], {
      stdio: 'inherit',
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: authority,
        NO_PROXY: platform.host, // no proxy on the way to this machine itself
        PUSHER_HOST: platform.host,
        PUSHER_PORT: String(platform.port),
        PUSHER_LOCATOR: LOCATOR,
        PUSHER_KEY: KEY,
      },
    });
    const [code] = await once(walk, 'exit');
    process.exitCode = code === 0 ? 0 : 1;
  } finally {
    fs.rmSync(directory, { recursive: true });
    await platform.close();
  }
}

main();
