'use strict';

// Provides the options of the instances that all parts of the benchmark create, with either package.

/** @param {{ SDKInfo: any }} surface @param {{ host?: string, port?: number }} [at] */
exports.instanceOptions = (surface, at) => ({
  locator: 'v1:us1:3a4dbf52-dd75-4d27-9a3e-51d5b1f0b2a5',
  key: 'a2f3cf1b-8a1c-4c6f-9c5c-3a1b8e0f7f11:Yj2cVnqg0bWb7m1n2bTqzL0m3mT1c8Qh9wqv7mJmJ8A=',
  serviceName: 'bench',
  serviceVersion: 'v1',
  sdkInfo: new surface.SDKInfo({ productName: 'bench', version: '1.0.0' }),
  ...at,
});
