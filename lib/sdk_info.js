'use strict';

// What a service SDK says of itself to the platform, in headers of every request.

Object.defineProperty(exports, '__esModule', { value: true });

const native = require('./native');
const { hide } = require('./hidden');

const NATIVE = Symbol('native');

/** @this {any} @param {any} options */
function SDKInfo(options) {
  const { productName, version, language, platform } = options;
  const info = new native.SdkInfo(`${productName}`, `${version}`, text(language), text(platform));
  this.productName = productName;
  this.version = version;
  this.language = language || info.language;
  this.platform = platform || info.platform;
  const [product, , release, , speech, , place] = info.headers();
  this.headers = {
    [product]: productName,
    [release]: version,
    [speech]: this.language,
    [place]: this.platform,
  };
  hide(this, NATIVE, info);
}

/** @param {unknown} value */
function text(value) {
  return value ? `${value}` : undefined;
}

exports.default = SDKInfo;
