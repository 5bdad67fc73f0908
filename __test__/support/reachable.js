'use strict';

// Finds texts in everything that can be reached from a value: hidden properties, symbols, accessors, and those of prototypes.

const { inspect } = require('node:util');

/**
 * Returns the ways to the values that contain one of `texts`: names of properties, from `value` on.
 * @param {unknown} value
 * @param {string[]} texts
 * @returns {string[]}
 */
function waysTo(value, texts) {
  const ways = [];
  const has = (text) => texts.some((each) => text.includes(each));
  const seen = new Set();
  const left = [[value, 'it']];
  while (left.length > 0) {
    const [each, way] = left.pop();
    if (typeof each === 'string' || typeof each === 'symbol') {
      if (has(String(each))) ways.push(way);
    } else if (Object(each) === each && !seen.has(each)) {
      seen.add(each);
      if (ArrayBuffer.isView(each) || each instanceof ArrayBuffer) {
        const bytes = each instanceof ArrayBuffer ? Buffer.from(each) : Buffer.from(each.buffer);
        if (has(bytes.toString('latin1'))) ways.push(way);
        continue;
      }
      if (each instanceof Map || each instanceof Set) left.push([[...each], `${way}[]`]);
      for (const [name, inner] of properties(each)) left.push([inner, `${way}.${String(name)}`]);
    }
  }
  return ways;
}

/** Returns the properties of an object and of its prototypes, with what their accessors return for this object. */
function properties(object) {
  const found = [];
  for (let holder = object; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (holder !== object) found.push(['__proto__', holder]);
    for (const name of Reflect.ownKeys(holder)) {
      const { get, value } = Object.getOwnPropertyDescriptor(holder, name);
      found.push([name, name]);
      try {
        found.push([name, get === undefined ? value : get.call(object)]);
      } catch {
        // Most accessors of a prototype fail on the prototype itself.
      }
    }
  }
  return found;
}

/** Returns the texts as which a value may be printed. */
function printed(value) {
  return [
    () => inspect(value),
    () => inspect(value, { showHidden: true, depth: null, getters: true }),
    () => inspect(value, { customInspect: false, depth: null, showHidden: true }),
    () => JSON.stringify(value, withoutCircles()),
    () => String(value),
    () => `${value?.stack} ${value?.message}`,
  ].map((print) => print() ?? '');
}

/** Returns a replacer that leaves out what a certificate's authorities repeat. */
function withoutCircles() {
  const seen = new Set();
  return (_name, value) => {
    if (Object(value) !== value) return value;
    const isNew = !seen.has(value);
    seen.add(value);
    return isNew ? value : undefined;
  };
}

module.exports = { printed, waysTo };
