'use strict';

// What a service SDK says of itself to the platform, in headers of every request.

Object.defineProperty(exports, '__esModule', { value: true });

const [PRODUCT, VERSION, LANGUAGE, PLATFORM, DEFAULT_LANGUAGE, DEFAULT_PLATFORM] =
  require('./native').sdkInfo();

/** @this {any} @param {any} options */
function SDKInfo(options) {
  this.productName = options.productName;
  this.version = options.version;
  this.language = options.language || DEFAULT_LANGUAGE;
  this.platform = options.platform || DEFAULT_PLATFORM;
  this.headers = {
    [PRODUCT]: this.productName,
    [VERSION]: this.version,
    [LANGUAGE]: this.language,
    [PLATFORM]: this.platform,
  };
}

exports.default = SDKInfo;
