'use strict';

// Loads the addon, or says which one is missing and how to get it.

try {
  module.exports = require('../binding.js');
} catch (cause) {
  const platform = `${process.platform}-${process.arch}`;
  const error = new Error(
    `pusher-platform-native has no binary for ${platform} here. Its binaries are optional dependencies ` +
      `named pusher-platform-native-${platform}*: install without --omit=optional or --no-optional, on the ` +
      'platform that runs the program, or build it from source with `npm run build`.',
  );
  throw Object.assign(error, { code: 'ERR_PUSHER_PLATFORM_NO_BINARY', cause });
}
