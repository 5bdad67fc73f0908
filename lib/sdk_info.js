'use strict';

// Describes a service SDK to the platform, in headers of every request.

Object.defineProperty(exports, '__esModule', { value: true });

const [product, version, language, platform, DEFAULT_LANGUAGE, DEFAULT_PLATFORM] =
  require('./binding/index.js').sdkInfo();
// V8 internalizes strings that are keys of an object, which makes it several times as fast to set these headers later.
const [PRODUCT, VERSION, LANGUAGE, PLATFORM] = Object.keys({
  [product]: 0,
  [version]: 0,
  [language]: 0,
  [platform]: 0,
});

/** @this {any} @param {any} options */
function SDKInfo(options) {
  this.productName = options.productName;
  this.version = options.version;
  this.language = options.language || DEFAULT_LANGUAGE;
  this.platform = options.platform || DEFAULT_PLATFORM;
  /** @type {any} */
  const headers = {};
  headers[PRODUCT] = this.productName;
  headers[VERSION] = this.version;
  headers[LANGUAGE] = this.language;
  headers[PLATFORM] = this.platform;
  this.headers = headers;
}

exports.default = SDKInfo;
