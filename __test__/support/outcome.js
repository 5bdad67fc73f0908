'use strict';

// What came of a call, as plain data: everything that a caller of either package can see, in an
// order and a form that two packages can be compared by, and that crosses a process border.

/**
 * The shape of a value: classes by name, own properties in their order with their attributes, errors
 * with everything but their stack.
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
    // A Proxy that throws: what it says is all that can be seen of it.
    return { unreadable: String(error) };
  }
}

// A name may have been replaced by anything.
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

// What some objects hold beside their properties.
function inside(value) {
  if (value instanceof Date) return { time: value.getTime() };
  if (value instanceof RegExp) return { source: String(value) };
  if (value instanceof Map || value instanceof Set) return { size: value.size };
  if (Buffer.isBuffer(value)) return { bytes: value.toString('latin1') };
  return {};
}

/** What came of a synchronous call. */
function outcome(call) {
  try {
    return { returned: shape(call()) };
  } catch (error) {
    return { threw: shape(error) };
  }
}

/** What came of a call that may return a promise; a throw and a rejection are two things. */
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
