'use strict';

// Describes a service SDK to the platform, in headers of every request.

Object.defineProperty(exports, '__esModule', /** @type {any} */ ({ __proto__: null, value: true }));

/** @this {any} @param {any} options */
function SDKInfo(options) {
  this.productName = options.productName;
  this.version = options.version;
  this.language = options.language || 'node';
  this.platform = options.platform || 'server';
  this.headers = {
    'X-SDK-Product': this.productName,
    'X-SDK-Version': this.version,
    'X-SDK-Language': this.language,
    'X-SDK-Platform': this.platform,
  };
}

exports.default = SDKInfo;
