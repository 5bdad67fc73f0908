'use strict';

// What a service SDK says of itself to the platform, in headers of every request.

Object.defineProperty(exports, '__esModule', { value: true });

const native = require('./native');
const { hide } = require('./hidden');

const NATIVE = Symbol('native');

/** @this {any} @param {any} options */
function SDKInfo(options) {
  this.productName = options.productName;
  this.version = options.version;
  const { language, platform } = options;
  const info = new native.SdkInfo(
    text(this.productName),
    text(this.version),
    text(language),
    text(platform),
  );
  this.language = language || info.language;
  this.platform = platform || info.platform;
  const [product, , release, , speech, , place] = info.headers();
  this.headers = {
    [product]: this.productName,
    [release]: this.version,
    [speech]: this.language,
    [place]: this.platform,
  };
  hide(this, NATIVE, info);
}

// Values of other types are kept in JavaScript, as they are.
/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : '';
}

exports.default = SDKInfo;
