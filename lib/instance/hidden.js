'use strict';

// Properties that can be read and written but that logs, JSON and copies do not show.

/** @type {PropertyDescriptor} */
const descriptor = { value: undefined, writable: true, configurable: true, enumerable: false };

/** @param {object} object @param {PropertyKey} name @param {unknown} value */
exports.hide = (object, name, value) => {
  descriptor.value = value;
  Object.defineProperty(object, name, descriptor);
  descriptor.value = undefined;
};

class Itself {
  /** @param {object} object */
  constructor(object) {
    // biome-ignore lint/correctness/noConstructorReturn: a constructor below then adds its private field to this object
    return object;
  }
}

/**
 * A private field for objects of any class, at a tenth of what a hidden property costs. Copies of an object and proxies
 * of it do not have it, so it keeps only what can be made again.
 */
exports.privateField = () =>
  class Field extends Itself {
    #value;

    /** @param {object} object @param {any} value */
    constructor(object, value) {
      super(object);
      this.#value = value;
    }

    /**
     * Gives the field to an object that is being made.
     * @param {any} object
     */
    static add(object) {
      try {
        new Field(object, undefined);
      } catch {
        // It was made before: a constructor may be called again on its object.
        object.#value = undefined;
      }
    }

    /** @param {any} object @param {any} value */
    static set(object, value) {
      try {
        object.#value = value;
      } catch {
        new Field(object, value);
      }
    }

    /** @param {any} object */
    static get(object) {
      try {
        return object.#value;
      } catch {
        return undefined;
      }
    }
  };

/** Under which a client keeps the limits and the certificates of its options, where it has any. */
exports.LIMITS = Symbol('limits');

/** What a client has made for its requests. */
exports.made = exports.privateField();
