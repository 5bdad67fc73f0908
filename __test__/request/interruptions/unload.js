'use strict';

// Loads the package many times, in contexts and in the main one, sends requests with each copy, and checks that the copies are
// collected, though not while their requests are pending. Needs `--expose-gc`.

const assert = require('assert');
const fs = require('fs');
const Module = require('module');
const path = require('path');
const vm = require('vm');

const { NAME, call, instanceOf, run } = require('./calls');

const copies = Number(process.argv[2]) || 20;
// Copies that the engine still refers to from its own caches.
const KEPT = 2;
const PATIENCE = 200;

const report = {};
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Loads the package from its files in a context of its own, as Jest does for each file of tests. The addon is shared. */
function loadInContext() {
  const context = vm.createContext({ process, Buffer });
  const loaded = new Map();
  const load = (file) => {
    if (!loaded.has(file)) {
      const module = { exports: {} };
      loaded.set(file, module);
      const outer = Module.createRequire(file);
      const inner = (name) => {
        const found = outer.resolve(name);
        const isOurs = path.isAbsolute(found) && path.basename(found) !== 'binding.js';
        return isOurs && found.endsWith('.js') ? load(found) : outer(name);
      };
      const names = ['exports', 'require', 'module', '__filename', '__dirname'];
      const options = { parsingContext: context, filename: file };
      vm.compileFunction(fs.readFileSync(file, 'utf8'), names, options)(
        module.exports,
        inner,
        module,
        file,
        path.dirname(file),
      );
    }
    return loaded.get(file).exports;
  };
  return load(require.resolve(NAME));
}

/** Loads the package again, its addon included. */
function loadAgain() {
  const folder = path.dirname(require.resolve(NAME));
  const isOurs = (file) =>
    file.startsWith(path.join(folder, 'lib')) || /\b(binding\.js|\.node)$/.test(file);
  for (const file of Object.keys(require.cache)) {
    if (isOurs(file) || file === require.resolve(NAME)) {
      delete require.cache[file];
    }
  }
  // A module refers to all modules that it was the first to load.
  return Module.createRequire(__filename)(NAME);
}

/** Collects garbage until `isOver`, or until it is of no more use. */
async function collectUntil(isOver) {
  for (let count = 0; count < PATIENCE && !isOver(); count += 1) {
    // What a WeakRef was asked for in this turn is not collected in it.
    await turn();
    global.gc();
    await turn();
  }
}

/** Returns the number of handles of the event loop through which other threads wake it. */
function asyncHandles() {
  const { report: reporting } = process;
  // Without this setting, the report would look up the names of this machine's addresses.
  reporting.excludeNetwork = true;
  return reporting.getReport().libuv.filter(({ type }) => type === 'async').length;
}

/** Sends requests by copies of the package that `load` loads, and checks that they are collected once they are not used. */
async function collects(load) {
  const most = asyncHandles() + KEPT;
  const references = [];
  for (let count = 0; count < copies; count += 1) {
    await (async () => {
      const platform = load();
      references.push(new WeakRef(platform));
      const instance = instanceOf({}, platform);
      await Promise.all([1, 2].map(() => call((way) => instance.request({ path: way }))));
    })();
  }
  const left = () => references.filter((reference) => reference.deref() !== undefined).length;
  await collectUntil(() => left() <= KEPT);
  assert.ok(left() <= KEPT, `${left()} of ${copies} copies are left`);
  await collectUntil(() => asyncHandles() <= most);
  assert.ok(asyncHandles() <= most, `${asyncHandles()} handles are left, not ${most}`);
}

/** Sends a request by a copy of the package to which nothing else refers while it is pending. */
async function holds(load) {
  const settled = [];
  for (let count = 0; count < copies; count += 1) {
    const instance = instanceOf({}, load());
    settled.push(call((way) => instance.request({ path: way })));
  }
  // No response is delivered before the next turn.
  global.gc();
  let isOver = false;
  const all = Promise.all(settled).then(() => {
    isOver = true;
  });
  await collectUntil(() => isOver);
  await all;
}

async function main() {
  for (const load of [loadInContext, loadAgain]) {
    await holds(load);
    await collects(load);
  }
}

run(main, report);
