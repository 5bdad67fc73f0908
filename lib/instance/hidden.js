'use strict';

// Defines properties that can be read and written but that logs, JSON and copies do not show.

/** @type {PropertyDescriptor} */
const descriptor = { value: undefined, writable: true, configurable: true, enumerable: false };
// This one inherits nothing, and costs five times as much to use.
/** @type {PropertyDescriptor} */
const bare = Object.assign(Object.create(null), descriptor);

/**
 * Sets a property that is not enumerable.
 * @param {object} object
 * @param {PropertyKey} name
 * @param {unknown} value
 */
exports.hide = (object, name, value) => {
  // A program may have added functions of these names to all objects, which would make the descriptor contradict itself.
  const own = 'get' in descriptor || 'set' in descriptor ? bare : descriptor;
  own.value = value;
  Object.defineProperty(object, name, own);
  own.value = undefined;
};

class Itself {
  /** @param {object} object */
  constructor(object) {
    // biome-ignore lint/correctness/noConstructorReturn: a constructor below then adds its private field to this object
    return object;
  }
}

/**
 * Returns a private field for objects of any class, which costs a tenth of a hidden property. Copies and proxies of an object
 * do not have the field, so it must only hold values that can be created again.
 */
const privateField = () =>
  class Field extends Itself {
    #value;

    /** @param {object} object @param {any} value */
    constructor(object, value) {
      super(object);
      this.#value = value;
    }

    /**
     * Adds the field to an object that is being constructed.
     * @param {any} object
     */
    static add(object) {
      try {
        new Field(object, undefined);
      } catch {
        // The object already has the field, since a constructor may be called more than once on the same object.
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

/** The name of the property in which a client keeps the limits and the certificates of its options, if it has any. */
exports.LIMITS = Symbol('limits');

/**
 * The private field in which an error response keeps which request it belongs to, and the text of a body that is not JSON.
 */
exports.received = privateField();

/** The private field in which a client keeps the service that its requests go to. */
exports.made = privateField();

/** The private field in which an authenticator keeps its signer. */
exports.signerOf = privateField();
