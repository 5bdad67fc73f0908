'use strict';

// Properties that can be read and written but that logs, JSON and copies do not show.

/** Under which a client keeps what it has made of its options, and its native client. */
exports.MADE = Symbol('made');

/** @type {PropertyDescriptor} */
const descriptor = { value: undefined, writable: true, configurable: true, enumerable: false };

/** @param {object} object @param {PropertyKey} name @param {unknown} value */
exports.hide = (object, name, value) => {
  descriptor.value = value;
  Object.defineProperty(object, name, descriptor);
  descriptor.value = undefined;
};
