// An ES module that imports our package by names, as a namespace, and by default; Node derives the default export from
// `module.exports`.

import { strictEqual } from 'assert';
import * as all from 'pusher-platform-native';
import platform, { ErrorResponse, type Instance, readJSON } from 'pusher-platform-native';
import * as common from 'pusher-platform-native/target/common';
import instanceModule from 'pusher-platform-native/target/instance.js';

const instance: Instance = new instanceModule.default({
  locator: 'v1:us1:id',
  key: 'key:secret',
  serviceName: 'feeds',
  serviceVersion: 'v1',
  sdkInfo: new platform.SDKInfo({ productName: 'types', version: '1.0.0' }),
});
strictEqual(instance instanceof all.Instance, true);
strictEqual(common.ErrorResponse, ErrorResponse);
strictEqual(platform.readJSON, readJSON);
console.log('done');
