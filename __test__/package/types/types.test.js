'use strict';

// Compares the package's types with the original's and with its code: programs compile with each way of resolving modules, the
// programs that use the package run, and incorrect programs do not compile.

const assert = require('node:assert/strict');
const { after, test } = require('node:test');

const { makeProject, original, resolutions, sources } = require('./project');

// In the first project, our package is installed in place of the original.
const project = makeProject({});
const originalProject = makeProject({ platform: original });
after(() => {
  project.remove();
  originalProject.remove();
});

for (const name of ['node10', 'node16', 'bundler']) {
  test(`programs compile with ${name} resolution`, () => {
    const files = sources('program.ts', 'original.ts', 'chatkit.ts', 'beside.ts', 'testing.ts');
    assert.deepEqual(project.compile({ files, options: resolutions[name] }), []);
  });
}

test('compiled programs run', () => {
  const options = { ...resolutions.node16, skipLibCheck: true };
  const files = sources('program.ts', 'original.ts', 'module.mts', 'testing.ts');
  assert.deepEqual(project.compile({ files, options }), []);
  assert.equal(project.run('program.js'), 'done\n');
  assert.equal(project.run('original.js'), 'done\n');
  assert.equal(project.run('module.mjs'), 'done\n');
  assert.equal(project.run('testing.js'), 'done\n');
});

test('the program for the original compiles and runs with it', () => {
  const options = { ...resolutions.node16, skipLibCheck: true };
  assert.deepEqual(originalProject.compile({ files: sources('original.ts'), options }), []);
  assert.equal(originalProject.run('original.js'), 'done\n');
});

test('programs around the original’s types compile with the original’s and with ours', () => {
  const strictest = {
    noImplicitOverride: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
  };
  const options = { ...resolutions.node16, ...strictest, noEmit: true, skipLibCheck: true };
  for (const [name, each] of Object.entries({ original: originalProject, ours: project })) {
    assert.deepEqual(each.compile({ files: sources('swap.ts'), options }), [], name);
    // An augmentation applies to all programs of a compilation, so that this one is compiled by itself.
    assert.deepEqual(each.compile({ files: sources('augment.ts'), options }), [], name);
  }
});

test('the options that only ours have may be undefined under the strictest options', () => {
  const text = `import { InstanceOptions, RequestOptions } from 'pusher-platform-native';
    export const given: Partial<InstanceOptions> = { ca: process.env.CA, timeout: undefined };
    export const request: Partial<RequestOptions> = {
      signal: undefined,
      retry: { limit: undefined, methods: undefined, statusCodes: undefined, maxDelay: undefined },
    };`;
  const options = { ...resolutions.node16, exactOptionalPropertyTypes: true, noEmit: true };
  assert.deepEqual(project.compile({ files: { 'exact.ts': text }, options }), []);
});

test('a default import that is compiled to CommonJS is all exports, and undefined with the original', () => {
  const text = `import platform, { Instance } from '@pusher/platform-node';
    import * as all from '@pusher/platform-node';
    console.log(platform && platform.Instance === Instance, all.Instance === Instance);`;
  const options = { ...resolutions.node10, esModuleInterop: true, skipLibCheck: true };
  const printed = [originalProject, project].map((each) => {
    assert.deepEqual(each.compile({ files: { 'default.ts': text }, options }), []);
    return each.run('default.js');
  });
  assert.deepEqual(printed, ['undefined true\n', 'true true\n']);
});

test('wrong programs are refused', () => {
  const wrong = {
    'a locator that is no string': [
      `new Instance({ ...options, locator: 1 });`,
      "TS2322: Type 'number' is not assignable to type 'string'.",
    ],
    'no key': [
      `const { key, ...rest } = options; new Instance(rest);`,
      "TS2345: .* Property 'key' is missing",
    ],
    'an option that does not exist': [
      `new Instance({ ...options, hots: 'localhost' });`,
      "TS2353: Object literal may only specify known properties, and 'hots' does not exist",
    ],
    'a client that has no request': [
      `new Instance({ ...options, client: {} });`,
      "TS2741: Property 'request' is missing",
    ],
    'a client whose request gives no promise': [
      `new Instance({ ...options, client: { request: () => 1 } });`,
      "TS2322: Type 'number' is not assignable to type 'Promise<IncomingMessageWithBody>'.",
    ],
    'a description without a version': [
      `new SDKInfo({ productName: 'types' });`,
      "TS2345: .* Property 'version' is missing",
    ],
    'a payload without a grant': [
      `instance.authenticate({}, {});`,
      "TS2345: .* Property 'grant_type' is missing",
    ],
    'a token that is awaited for': [
      `instance.generateAccessToken({}).then();`,
      "TS2339: Property 'then' does not exist on type 'TokenWithExpiry'.",
    ],
    'a time that is no number': [
      `instance.generateAccessToken({ tokenExpiry: '60' });`,
      "TS2322: Type 'string' is not assignable to type 'number'.",
    ],
    'a request without a path': [
      `instance.request({ method: 'GET' });`,
      "TS2345: .* Property 'path' is missing",
    ],
    'a header that is an object': [
      `instance.request({ method: 'GET', path: '', headers: { a: {} } });`,
      "TS2322: Type '{}' is not assignable to type 'string | string\\[\\]'.",
    ],
    'an identity that is written': [
      `instance.id = 'other';`,
      "TS2540: Cannot assign to 'id' because it is a read-only property.",
    ],
    'a body that is not what the caller says': [
      `readJSON<{ a: number }>({}).then(({ b }) => b);`,
      "TS2339: Property 'b' does not exist on type '{ a: number; }'.",
    ],
    'a part of a client, which is private': [
      `new BaseClient().host;`,
      "TS2341: Property 'host' is private",
    ],
    'a response that was not read': [
      `readJSON({} as import('http').IncomingMessage);`,
      "TS2559: Type 'IncomingMessage' has no properties in common",
    ],
    'a class that the index only has the type of': [
      `new IncomingMessage({} as import('net').Socket);`,
      "TS1362: 'IncomingMessage' cannot be used as a value",
    ],
    'a class that the index does not export': [
      `import { Authenticator } from 'pusher-platform-native'; new Authenticator('', '', '');`,
      "TS2305: .* has no exported member 'Authenticator'.",
    ],
    'a module that does not exist': [
      `import 'pusher-platform-native/target/other'; import x from 'pusher-platform-native/lib/instance'; x;`,
      "TS2307: Cannot find module 'pusher-platform-native/lib/instance'",
    ],
  };
  const preamble = `
    import {
      BaseClient, IncomingMessage, Instance, InstanceOptions, readJSON, SDKInfo,
    } from 'pusher-platform-native';
    declare const instance: Instance;
    declare const options: InstanceOptions;
    export { BaseClient, instance, options, readJSON, SDKInfo };
    export type Message = IncomingMessage;
  `.replace(/\s+/g, ' ');
  const cases = Object.entries(wrong).map(([name, [text, error]], index) => {
    return { name, file: `wrong${index}.ts`, text: `${preamble}\n${text}\n`, error };
  });
  const files = Object.fromEntries(cases.map(({ file, text }) => [file, text]));
  const options = { ...resolutions.node16, skipLibCheck: true, noEmit: true };
  const lines = project.compile({ files, options });
  for (const { name, file, error } of cases) {
    // The compiler prints a line for the error, and further, indented lines for its reasons.
    const start = lines.findIndex((line) => line.startsWith(`${file}(2,`));
    assert.notEqual(start, -1, `${name}: ${lines.join('\n')}`);
    const length = lines.slice(start + 1).findIndex((line) => !line.startsWith(' '));
    const told = lines.slice(start, length < 0 ? lines.length : start + 1 + length).join(' ');
    assert.match(told, new RegExp(error), name);
  }
  const errors = lines.filter((line) => /^\S/.test(line));
  assert.equal(errors.length, cases.length, errors.join('\n'));
});
