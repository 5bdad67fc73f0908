// A server that consists of ES modules.

import platform, {
  BaseClient,
  ErrorResponse,
  Instance,
  readJSON,
  SDKInfo,
} from 'pusher-platform-native';
import { ErrorResponse as deepErrorResponse } from 'pusher-platform-native/target/common.js';
import walk from './walk.js';

if (
  deepErrorResponse !== ErrorResponse ||
  typeof BaseClient !== 'function' ||
  platform.Instance !== Instance
) {
  throw new Error('A module is there twice, or not at all');
}
process.exitCode = 1;
walk.all({ ErrorResponse, Instance, SDKInfo, readJSON }).then(
  () => {
    process.exitCode = 0;
  },
  (error) => console.error(error),
);
