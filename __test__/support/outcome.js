'use strict';

// Describes the outcome of a call as plain data: everything that a caller of either package can observe, in an order and a form
// that allow comparing two packages, and that can be sent to another process.

/**
 * Describes a value: classes by name, own properties in their order with their attributes, and every property of an error except
 * its stack.
 */
function shape(value, seen = []) {
  if (typeof value === 'symbol') return { symbol: String(value) };
  if (typeof value === 'function') return { function: nameOf(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (seen.includes(value)) return { ancestor: seen.length - seen.indexOf(value) };

  try {
    return {
      class: nameOf(Object.getPrototypeOf(value)?.constructor),
      isError: value instanceof Error,
      ...inside(value),
      own: Reflect.ownKeys(value)
        .filter((key) => !(key === 'stack' && value instanceof Error))
        .map((key) => property(value, key, [...seen, value])),
    };
  } catch (error) {
    // The value is a Proxy that throws, so only its error can be observed.
    return { unreadable: String(error) };
  }
}

// A constructor's name may have been replaced by any value.
function nameOf(value) {
  const name = Object.getOwnPropertyDescriptor(Object(value), 'name')?.value;
  return typeof name === 'string' ? name : null;
}

function property(object, key, seen) {
  const descriptor = Object.getOwnPropertyDescriptor(object, key);
  const { enumerable, writable, configurable } = descriptor;
  return {
    key: typeof key === 'symbol' ? String(key) : key,
    attributes: { enumerable, writable, configurable },
    value: 'value' in descriptor ? shape(descriptor.value, seen) : 'accessor',
  };
}

// Returns what some objects contain in addition to their properties.
function inside(value) {
  if (value instanceof Date) return { time: value.getTime() };
  if (value instanceof RegExp) return { source: String(value) };
  if (value instanceof Map || value instanceof Set) return { size: value.size };
  if (Buffer.isBuffer(value)) return { bytes: value.toString('latin1') };
  return {};
}

/** Returns the outcome of a synchronous call. */
function outcome(call) {
  try {
    return { returned: shape(call()) };
  } catch (error) {
    return { threw: shape(error) };
  }
}

/** Returns the outcome of a call that may return a promise; throwing and rejecting are different outcomes. */
async function asyncOutcome(call, describe = shape) {
  let promise;
  try {
    promise = call();
  } catch (error) {
    return { threw: shape(error) };
  }
  if (!(promise instanceof Promise)) return { returned: shape(promise) };
  let value;
  try {
    value = await promise;
  } catch (error) {
    return { rejected: shape(error) };
  }
  return { resolved: describe(value) };
}

module.exports = { asyncOutcome, outcome, shape };
