// Checks what an ES module can import: the default export, the named exports and the deep modules.

import assert from 'assert';
import platform, {
  AuthenticationResponse,
  BaseClient,
  ErrorResponse,
  Instance,
  readJSON,
  SDKInfo,
} from 'pusher-platform-native';
import { ErrorResponse as sameErrorResponse } from 'pusher-platform-native/target/common.js';
import walk from './walk.js';

const names = { AuthenticationResponse, BaseClient, ErrorResponse, Instance, SDKInfo, readJSON };
for (const [name, value] of Object.entries(names)) {
  assert.strictEqual(typeof value, 'function', name);
  assert.strictEqual(platform[name], value, name);
}
assert.strictEqual(sameErrorResponse, ErrorResponse);

process.exitCode = 1;
await walk.all(names);
process.exitCode = 0;
