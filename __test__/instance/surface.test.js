'use strict';

// Compares the JavaScript surface with the published original's: exports, classes, objects, the errors of constructors, and the
// behaviour of objects that a program has changed or subclassed.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { inspect } = require('node:util');
const fc = require('fast-check');

const { run } = require('../support/child');
const { names, original, originalModule, ours, oursModule } = require('../support/packages');
const { outcome } = require('../support/outcome');
const { build } = require('../support/recipe');
const { primitives, strings, values } = require('../support/values');

const RUNS = Number(process.env.CONFORMANCE_RUNS || 10_000);

const LOCATOR = 'v1:us1:b92b3c86-c9b5-4ef9-9755-6a2c8d9b9d4e';
const SECRET = 'do-not-print-this';
const KEY = `key-id:${SECRET}`;
const NOW = 1_700_000_000_000;
const GRANT = { grant_type: 'client_credentials' };

// Ours differs here on purpose: a secret can be read and written, but is not enumerable.
const SECRETS = ['keySecret', 'instanceKeySecret'];

// The members that our prototypes have in addition to the original's.
const ADDED = {
  AuthenticationResponse: ['access_token', 'token_type', 'expires_in', 'refresh_token'],
  ErrorResponse: ['method', 'path', 'attempts', 'body', 'name', 'message', 'toString'],
};

const packages = [original, ours];
const modules = ['authenticator', 'base_client', 'common', 'index', 'instance', 'sdk_info'];
const authenticators = [originalModule, oursModule].map((load) => load('authenticator').default);

const classes = {
  Instance: packages.map(({ Instance }) => Instance),
  BaseClient: packages.map(({ BaseClient }) => BaseClient),
  SDKInfo: packages.map(({ SDKInfo }) => SDKInfo),
  AuthenticationResponse: packages.map(({ AuthenticationResponse }) => AuthenticationResponse),
  ErrorResponse: packages.map(({ ErrorResponse }) => ErrorResponse),
  Authenticator: authenticators,
};

const sdkInfo = ({ SDKInfo }) => new SDKInfo({ productName: 'product', version: '1.0.0' });

const instanceOptions = (module, changes) => ({
  locator: LOCATOR,
  key: KEY,
  serviceName: 'service',
  serviceVersion: 'v1',
  sdkInfo: sdkInfo(module),
  ...changes,
});

const makeInstance = (module, changes) => new module.Instance(instanceOptions(module, changes));

/** Makes a call with each package and compares the outcomes, except whether secrets are enumerable. */
function same(call) {
  const [theirs, mine] = packages.map((module, seat) =>
    withoutPurposefulDifferences(outcome(() => call(module, seat))),
  );
  assert.deepStrictEqual(mine, theirs);
  return theirs;
}

// What ours adds to a message of the original's that has another name for an option, or misspells "options".
const ADDITION =
  /(?<=`instanceLocator`.*|otpions): the options have no `(locator|serviceVersion)`$/;

// The native part of one of our objects is the value of a symbol; the original uses no symbols. Only our errors have a stack.
function withoutPurposefulDifferences(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value
      .filter((item) => !(typeof item?.key === 'string' && /^Symbol\(|^stack$/.test(item.key)))
      .map(withoutPurposefulDifferences);
  }
  if (value.key === 'message' && ADDITION.test(value.value)) {
    return { ...value, value: value.value.replace(ADDITION, '') };
  }
  const attributes = SECRETS.includes(value.key)
    ? { attributes: { ...value.attributes, enumerable: undefined } }
    : {};
  return Object.fromEntries(
    Object.entries({ ...value, ...attributes }).map(([key, item]) => [
      key,
      withoutPurposefulDifferences(item),
    ]),
  );
}

/** Runs a property for its share of all runs. */
function check(share, arbitrary, property) {
  fc.assert(fc.property(arbitrary, property), { numRuns: Math.ceil(RUNS * share) });
}

/** Calls a function with the clock set to a fixed time. */
function at(clock, call) {
  const realNow = Date.now;
  Date.now = () => clock;
  try {
    return call();
  } finally {
    Date.now = realNow;
  }
}

const object = (entries) => ({ make: 'object', prototype: 'plain', entries });

describe('modules', () => {
  const exported = (module) =>
    Object.getOwnPropertyNames(module)
      .filter((name) => name !== 'readJSON' && !(name === 'default' && module[name] === module))
      .map((name) => [name, Object.getOwnPropertyDescriptor(module, name).enumerable]);

  test('the package exports what the original exports, and readJSON', () => {
    assert.deepEqual(exported(ours), exported(original));
    assert.equal(typeof ours.readJSON, 'function');
  });

  test('the default export is all exports, and nothing lists it', () => {
    assert.equal(ours.default, ours);
    const keys = [...Object.keys(original), 'readJSON'];
    const listed = [
      Object.keys(ours),
      Object.keys({ ...ours }),
      Object.keys(JSON.parse(JSON.stringify(ours))),
    ];
    assert.deepEqual(listed, [keys, keys, []]);
  });

  for (const name of modules) {
    test(`target/${name} exports what the original’s exports`, () => {
      const [theirs, mine] = [originalModule(name), oursModule(name)];
      assert.deepEqual(exported(mine), exported(theirs));
      assert.equal(mine.__esModule, true);
    });
  }

  test('a class is one class, whichever module it comes from', () => {
    for (const [module, load] of [
      [original, originalModule],
      [ours, oursModule],
    ]) {
      assert.equal(load('instance').default, module.Instance);
      assert.equal(load('base_client').default, module.BaseClient);
      assert.equal(load('sdk_info').default, module.SDKInfo);
      assert.equal(load('common').ErrorResponse, module.ErrorResponse);
      assert.equal(load('common').AuthenticationResponse, module.AuthenticationResponse);
      assert.equal(load('index').Instance, module.Instance);
    }
  });

  test('deep modules resolve with their ending too, and so does package.json', () => {
    for (const name of Object.values(names)) {
      for (const module of modules) {
        assert.equal(require(`${name}/target/${module}.js`), require(`${name}/target/${module}`));
      }
      assert.match(require(`${name}/package.json`).version, /^0\.15\./);
    }
  });

  test('every name can be imported by name from an ES module', async () => {
    const imported = async (name, list) => {
      const program = `
        import { ${list} } from '${name}';
        import * as all from '${name}';
        import deep, { Instance as Same } from '${name}/target/index.js';
        import authenticator from '${name}/target/authenticator.js';
        console.log(JSON.stringify({
          kinds: [${list}].map((item) => typeof item),
          names: Object.keys(all).filter((each) => ${JSON.stringify(list)}.includes(each)).sort(),
          same: [Same === Instance, deep.Instance === Instance, all.default.Instance === Instance],
          deep: Object.keys(authenticator),
        }));
      `;
      return (await run(program, { execArgv: ['--input-type=module'] })).json;
    };
    const list = Object.keys(original);
    assert.deepEqual(await imported(names.ours, list), await imported(names.original, list));
    const { kinds } = await imported(names.ours, ['Instance', 'readJSON']);
    assert.deepEqual(kinds, ['function', 'function']);
  });
});

describe('classes', () => {
  // The names of methods are not compared: the original's methods are anonymous, which is of no use to anyone.
  const method = ([name, { value, ...attributes }]) => ({
    name,
    length: value.length,
    ...attributes,
  });

  for (const [name, pair] of Object.entries(classes)) {
    test(`${name} has the original’s constructor and prototype`, () => {
      const [theirs, mine] = pair.map((made) => ({
        kind: typeof made,
        name: made.name,
        length: made.length,
        own: Object.getOwnPropertyNames(made),
        parent: Object.getPrototypeOf(made) === Function.prototype,
        prototypeOfPrototype: Object.getPrototypeOf(made.prototype) === Object.prototype,
        prototypeAttributes: Object.getOwnPropertyDescriptor(made, 'prototype').writable,
        methods: Object.entries(Object.getOwnPropertyDescriptors(made.prototype))
          .filter(([key]) => !ADDED[name]?.includes(key))
          .map(method),
        constructorOfPrototype: made.prototype.constructor === made,
      }));
      assert.deepStrictEqual(mine, theirs);
    });
  }
});

test('what only ours have is not enumerable', () => {
  for (const [name, added] of Object.entries(ADDED)) {
    const [theirs, mine] = classes[name].map(({ prototype }) => prototype);
    for (const key of added) {
      assert.equal(key in theirs, key === 'toString', key);
      assert.equal(Object.getOwnPropertyDescriptor(mine, key).enumerable, false, key);
    }
  }
});

describe('objects', () => {
  test('an Instance has the original’s properties', () => {
    same((module) => makeInstance(module));
    same((module) => makeInstance(module, { host: 'localhost', port: 8443 }));
    same((module) => makeInstance(module, { port: 0, host: '' }));
    same((module) => makeInstance(module, { client: { request() {} }, sdkInfo: undefined }));
    same((module) => makeInstance(module, { client: new module.BaseClient({}) }));
  });

  test('an Instance lists itself as the original does', () => {
    const listed = (instance) => {
      const all = [];
      for (const name in instance) all.push(name);
      return { all, keys: Object.keys(instance), own: Object.getOwnPropertyNames(instance) };
    };
    const [theirs, mine] = packages.map((module) => listed(makeInstance(module)));
    const notSecret = (name) => !SECRETS.includes(name);
    assert.deepEqual(mine.own, theirs.own);
    assert.deepEqual(mine.keys, theirs.keys.filter(notSecret));
    assert.deepEqual(mine.all, theirs.all.filter(notSecret));
  });

  const fields = (list) =>
    fc
      .record(Object.fromEntries(list.map((name) => [name, fc.oneof(strings, values)])), {
        requiredKeys: [],
      })
      .map((chosen) => object(Object.entries(chosen)));

  const OPTIONS = {
    SDKInfo: ['productName', 'version', 'language', 'platform'],
    BaseClient: ['host', 'port', 'serviceName', 'serviceVersion', 'instanceId', 'sdkInfo'],
    AuthenticationResponse: ['status', 'headers', 'body'],
    ErrorResponse: ['status', 'headers', 'error', 'error_description', 'error_uri'],
  };
  for (const [name, list] of Object.entries(OPTIONS)) {
    test(`${name} makes the original’s properties of options of every kind`, () => {
      const recipes = fc.oneof({ weight: 4, arbitrary: fields(list) }, values);
      check(0.02, recipes, (recipe) => {
        same((module) => new module[name](build(recipe)));
      });
    });
  }

  test('Authenticator makes the original’s properties of arguments of every kind', () => {
    check(0.01, fc.array(fc.oneof(strings, values), { maxLength: 5 }), (recipes) => {
      same((_module, seat) => new authenticators[seat](...recipes.map((recipe) => build(recipe))));
    });
  });

  test('an AuthenticationResponse is one, and so is an ErrorResponse, which is no Error', () => {
    for (const module of packages) {
      const instance = makeInstance(module);
      const response = instance.authenticate(GRANT, { userId: 'ham' });
      assert.ok(response instanceof module.AuthenticationResponse);
      assert.ok(!(new module.ErrorResponse({}) instanceof Error));
    }
  });
});

describe('an Instance of options of every kind', () => {
  const colons = fc.array(fc.constantFrom(':', ':', 'a', '', ' ', '\n', '\u2028', '\u00e9', '😀'), {
    maxLength: 6,
  });
  const locators = fc.oneof(
    { weight: 3, arbitrary: fc.constant(LOCATOR) },
    { weight: 3, arbitrary: colons.map((parts) => parts.join('')) },
    fc.tuple(strings, strings, strings).map((parts) => parts.join(':')),
    fc.constantFrom('', 'a:b', 'a:b:c:d', '::', 'a::', 'v1/us1/id'),
    values,
    fc.constant({ make: 'boxed', value: LOCATOR }),
  );
  const keys = fc.oneof(
    { weight: 3, arbitrary: fc.constant(KEY) },
    { weight: 3, arbitrary: colons.map((parts) => parts.join('')) },
    fc.tuple(strings, strings).map((parts) => parts.join(':')),
    fc.constantFrom('', ':', 'a:', ':a', 'a', 'a:b:c', 'a::', '::a', 'a:b\n', 'a:\nb', '\na:b'),
    fc.constantFrom('a:b\r', 'a:b\u2028', 'a\n:b', ' : ', 'a:\ud800', '\udc00:\u0000'),
    values,
    fc.constant({ make: 'boxed', value: KEY }),
  );
  const truthy = (good) => fc.oneof({ weight: 5, arbitrary: fc.constant(good) }, strings, values);
  const all = {
    locator: locators,
    key: keys,
    serviceName: truthy('service'),
    serviceVersion: truthy('v1'),
    host: fc.oneof(fc.constantFrom(undefined, 'localhost', ''), values),
    port: fc.oneof(fc.constantFrom(undefined, 443, 0, '8443'), values),
    sdkInfo: truthy(object([['headers', object([])]])),
    client: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, values),
  };
  const isMissing = (key) => build(key) == null;

  test('is the original’s, or fails with the original’s error', () => {
    const options = fc.oneof(
      { weight: 4, arbitrary: fc.record(all).filter(({ key }) => !isMissing(key)) },
      // One or more options are left out, which shows the order of the errors.
      {
        weight: 2,
        arbitrary: fc
          .record(all, { requiredKeys: [] })
          .filter((chosen) => 'key' in chosen && !isMissing(chosen.key)),
      },
    );
    const recipes = fc.oneof(
      { weight: 8, arbitrary: options.map((chosen) => object(Object.entries(chosen))) },
      // Getters that throw show which properties are read, and in which order.
      {
        weight: 1,
        arbitrary: fc
          .uniqueArray(fc.constantFrom(...Object.keys(all)), { minLength: 1 })
          .map((thrown) =>
            object(
              Object.entries({ locator: LOCATOR, key: KEY, serviceName: 's', serviceVersion: 'v' })
                .concat([['sdkInfo', object([])]])
                .filter(([name]) => !thrown.includes(name))
                .concat(thrown.map((name) => [name, { make: 'thrower', text: name }])),
            ),
          ),
      },
      { weight: 1, arbitrary: values },
    );
    check(0.1, recipes, (recipe) => {
      same((module) => new module.Instance(build(recipe)));
    });
  });

  test('names the key where it is missing, which the original does not', () => {
    for (const key of [undefined, null]) {
      const error = caught(() => makeInstance(ours, { key }));
      assert.equal(error.constructor, Error);
      assert.match(error.message, /`key`/);
      assert.equal(caught(() => makeInstance(original, { key })).constructor, TypeError);
    }
  });

  test('says under which name an option is missing, which the original does not', () => {
    for (const name of ['locator', 'serviceVersion']) {
      const [theirs, mine] = [original, ours].map(
        (module) => caught(() => makeInstance(module, { [name]: undefined })).message,
      );
      assert.equal(mine, `${theirs}: the options have no \`${name}\``);
    }
  });

  test('without a key complains of what the original complains of first', () => {
    const others = ['locator', 'serviceName', 'serviceVersion', 'sdkInfo'];
    for (const missing of others) {
      same((module) => makeInstance(module, { key: undefined, [missing]: undefined }));
    }
  });
});

function caught(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

describe('constructors', () => {
  // Returns a class as TypeScript compiles a derived class to ES5.
  function es5Subclass(Parent) {
    function __extends(child, parent) {
      Object.setPrototypeOf(child, parent);
      function Link() {
        this.constructor = child;
      }
      Link.prototype = parent.prototype;
      child.prototype = new Link();
    }
    const Child = (function (_super) {
      __extends(Child, _super);
      function Child(...args) {
        const _this = _super.call(this, ...args) || this;
        _this.extra = 'extra';
        return _this;
      }
      Child.prototype.request = function (options) {
        return { wrapped: _super.prototype.request.call(this, options) };
      };
      return Child;
    })(Parent);
    return Child;
  }

  const esSubclass = (Parent) =>
    class Child extends Parent {
      extra = 'extra';

      request(options) {
        return { wrapped: super.request(options) };
      }
    };

  const client = { request: (options) => ({ requested: options }) };
  const responses = { status: 200, headers: { a: 'b' }, body: {}, error: 'e' };
  const parameters = {
    Instance: (module) => [instanceOptions(module)],
    BaseClient: (module) => [{ host: 'localhost', port: 1, sdkInfo: sdkInfo(module) }],
    SDKInfo: () => [{ productName: 'product', version: '1.0.0' }],
    AuthenticationResponse: () => [responses],
    ErrorResponse: () => [responses],
    Authenticator: () => ['id', 'key', 'secret', 60],
  };

  for (const [name, pair] of Object.entries(classes)) {
    const args = parameters[name];

    test(`${name} can be extended by ES5 classes and by ES classes`, () => {
      for (const subclass of [es5Subclass, esSubclass]) {
        same((module, seat) => new (subclass(pair[seat]))(...args(module)));
        same((module, seat) => {
          const made = new (subclass(pair[seat]))(...args(module));
          return made instanceof pair[seat] && made.constructor.name === 'Child';
        });
        // This class extends a class that is itself derived.
        same((module, seat) => new (subclass(es5Subclass(pair[seat])))(...args(module)));
      }
    });

    test(`${name} called without new does what the original does`, () => {
      same((module, seat) => pair[seat](...args(module)));
      same((module, seat) => {
        const bare = {};
        return [pair[seat].apply(bare, args(module)), bare];
      });
      same((module, seat) => {
        const made = Object.create(pair[seat].prototype);
        return [pair[seat].apply(made, args(module)), made];
      });
      same((module, seat) => Reflect.construct(pair[seat], args(module), Map));
      same((_module, seat) => new pair[seat]());
      same((_module, seat) => new pair[seat](null));
      same((module, seat) => {
        const frozen = Object.freeze(Object.create(pair[seat].prototype));
        return pair[seat].apply(frozen, args(module));
      });
    });
  }

  test('an Instance of a subclass issues tokens, and its overridden methods count', () => {
    for (const subclass of [es5Subclass, esSubclass]) {
      same(({ Instance, ...module }) => {
        const Child = subclass(Instance);
        const instance = new Child(instanceOptions(module, { client }));
        return at(NOW, () => [
          instance.authenticate(GRANT, { userId: 'ham' }),
          instance.authenticateWithRefreshToken(GRANT, { userId: 'ham' }),
          instance.generateAccessToken({ su: true }),
          instance.request({ path: 'a' }),
        ]);
      });
    }
  });
});

describe('an object that its owner changed', () => {
  const tokens = (instance) =>
    at(NOW, () => [
      instance.authenticate(GRANT, { userId: 'ham', serviceClaims: { a: 1 } }),
      instance.authenticateWithRefreshToken(GRANT, { userId: 'ham' }),
      instance.generateAccessToken({ su: true, tokenExpiry: 5 }),
    ]);

  test('passes requests to the client that it has now, as they are', () => {
    for (const module of packages) {
      const requests = [];
      const mock = {
        request(options) {
          requests.push([this, options]);
          return 'answer';
        },
      };
      const [first, second] = [{ path: 'a' }, undefined];
      const instance = makeInstance(module, { client: mock });
      assert.equal(instance.request(first), 'answer');
      const other = makeInstance(module);
      other.client = mock;
      assert.equal(other.request(second), 'answer');
      assert.deepEqual(requests, [
        [mock, first],
        [mock, second],
      ]);
      assert.equal(requests[0][1], first);
    }
    same((module) => makeInstance(module, { client: {} }).request({}));
    same((module) => Object.assign(makeInstance(module), { client: undefined }).request({}));
  });

  test('asks the authenticator that it has now', () => {
    same((module) => {
      const instance = makeInstance(module);
      instance.authenticator = {
        authenticate: (...args) => ['authenticate', ...args],
        authenticateWithRefreshToken: (...args) => ['refresh', ...args],
        generateAccessToken: (...args) => ['generate', ...args],
      };
      return tokens(instance);
    });
    same((module) => {
      const instance = makeInstance(module);
      instance.authenticator = makeInstance(module, { key: 'other:key' }).authenticator;
      return tokens(instance);
    });
    same((module) => tokens(Object.assign(makeInstance(module), { authenticator: undefined })));
  });

  const ofInstance = ['id', 'cluster', 'platformVersion', 'keyId', 'keySecret', 'serviceName'];
  const ofAuthenticator = ['instanceId', 'instanceKeyId', 'instanceKeySecret', 'tokenExpiry'];

  test('issues tokens from the properties of its authenticator, and from no others', () => {
    for (const name of ofInstance) {
      same((module) => tokens(Object.assign(makeInstance(module), { [name]: 'changed' })));
    }
    for (const name of ofAuthenticator) {
      for (const value of ['changed', '', 7, undefined, null]) {
        same((module) => {
          const instance = makeInstance(module);
          const before = tokens(instance);
          instance.authenticator[name] = value;
          return [before, tokens(instance)];
        });
      }
      same((module) => {
        const instance = makeInstance(module);
        delete instance.authenticator[name];
        return tokens(instance);
      });
      same((module) => {
        const instance = makeInstance(module);
        Object.defineProperty(instance.authenticator, name, { get: () => 'read' });
        return tokens(instance);
      });
      same((module) => {
        const instance = makeInstance(module);
        Object.freeze(instance.authenticator);
        return tokens(Object.freeze(instance));
      });
    }
  });

  test('calls the methods that it has now', () => {
    const overridden = ['generateAccessToken', 'generateRefreshToken'].concat([
      'authenticateUsingClientCredentials',
      'authenticateUsingRefreshToken',
      'authenticate',
    ]);
    for (const name of overridden) {
      same((module, seat) => {
        const instance = makeInstance(module);
        const { body } = at(NOW, () => instance.authenticateWithRefreshToken(GRANT, { userId: 1 }));
        const payload = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
        class Overriding extends authenticators[seat] {
          [name](...args) {
            return { token: `overridden ${JSON.stringify(args)}`, expires_in: 1 };
          }
        }
        instance.authenticator = new Overriding('id', 'key-id', SECRET);
        return [
          tokens(instance),
          at(NOW, () => instance.authenticateWithRefreshToken(payload, { userId: 1 })),
        ];
      });
    }
  });

  test('works from behind a proxy, as a prototype, and as a copy', () => {
    const wrappings = [
      (instance) => new Proxy(instance, {}),
      (instance) => Object.create(instance),
      (instance) => ({ ...instance, authenticate: instance.authenticate }),
      (instance) => Object.assign(Object.create(Object.getPrototypeOf(instance)), instance),
    ];
    for (const wrap of wrappings) {
      same((module) => {
        const wrapped = wrap(makeInstance(module));
        return at(NOW, () => wrapped.authenticate(GRANT, { userId: 'ham' }));
      });
      same((module) => {
        const instance = makeInstance(module);
        instance.authenticator = wrap(instance.authenticator);
        // A copy of our authenticator has no secret, on purpose; it uses the secret that is assigned to it.
        instance.authenticator.instanceKeySecret = 'given';
        return at(NOW, () => instance.authenticate(GRANT, { userId: 'ham' }));
      });
    }
  });

  test('has methods that fail as the original’s fail without their object', () => {
    for (const pair of Object.values(classes)) {
      for (const method of Object.keys(pair[0].prototype)) {
        for (const receiver of [undefined, null, {}, 5, { authenticator: {}, client: {} }]) {
          for (const args of [[], [GRANT, { userId: 'ham' }], ['a/b']]) {
            same((_module, seat) => pair[seat].prototype[method].apply(receiver, args));
          }
        }
      }
    }
  });
});

test('BaseClient.prototype.sanitizePath cleans every path as the original does', () => {
  const paths = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .array(
          fc.constantFrom('/', '/', ' ', ' ', 'a', '//', '/ ', '\n', '\t', '\u00a0', '?', '..'),
        )
        .map((parts) => parts.join('')),
    },
    strings,
    primitives,
    values,
  );
  check(0.2, paths, (recipe) => {
    same((module) => module.BaseClient.prototype.sanitizePath(build(recipe)));
  });
});

describe('a request that fails at once', () => {
  // The original throws these errors before it makes a promise; none of these requests reaches a network.
  const client = (module, changes) =>
    new module.BaseClient({
      host: 'localhost',
      port: 1,
      serviceName: 'service',
      serviceVersion: 'v1',
      instanceId: 'id',
      sdkInfo: sdkInfo(module),
      ...changes,
    });

  const cases = {
    'no options': (module) => client(module).request(),
    'null for options': (module) => client(module).request(null),
    'no sdkInfo': (module) => client(module, { sdkInfo: undefined }).request({ path: 'a' }),
    'a symbol for a path': (module) => client(module).request({ path: Symbol('path') }),
    'a path without text': (module) => client(module).request({ path: Object.create(null) }),
    'a symbol for a token': (module) => client(module).request({ path: 'a', jwt: Symbol('jwt') }),
    'headers that throw': (module) =>
      client(module).request({
        path: 'a',
        headers: Object.defineProperty({}, 'a', { enumerable: true, get: thrower('header') }),
      }),
    'a path that throws': (module) =>
      client(module).request(Object.defineProperty({}, 'path', { get: thrower('path') })),
    'a token that throws': (module) =>
      client(module).request(Object.defineProperty({ path: 'a' }, 'jwt', { get: thrower('jwt') })),
    'a symbol for a service': (module) =>
      client(module, { serviceName: Symbol('service') }).request({ path: 'a' }),
  };
  function thrower(text) {
    return () => {
      throw new RangeError(text);
    };
  }

  for (const [name, call] of Object.entries(cases)) {
    test(name, () => {
      const { threw } = same(call);
      assert.ok(threw, 'the original throws');
    });
  }
});

describe('secrets', () => {
  // Makes the secrets of the original non-enumerable, so that the rest of its output can be compared with ours.
  function hidden(instance) {
    for (const [holder, name] of [
      [instance, 'keySecret'],
      [instance.authenticator, 'instanceKeySecret'],
    ]) {
      Object.defineProperty(holder, name, { enumerable: false });
    }
    return instance;
  }
  const shown = {
    'JSON.stringify': (instance) => JSON.stringify(instance),
    'util.inspect': (instance) => inspect(instance, { depth: Infinity }),
    'string concatenation': (instance) => `${instance}`,
    'a spread copy': (instance) => inspect({ ...instance }, { depth: Infinity }),
    'Object.assign': (instance) => inspect(Object.assign({}, instance), { depth: Infinity }),
    'Object.entries': (instance) => inspect(Object.entries(instance), { depth: Infinity }),
    structuredClone: (instance) => inspect(structuredClone(instance), { depth: Infinity }),
    'the JSON of its authenticator': ({ authenticator }) => JSON.stringify(authenticator),
    'its authenticator': ({ authenticator }) => inspect(authenticator),
    'an error’s properties': (instance) =>
      inspect(Object.assign(new Error('e'), { instance }).instance),
  };

  for (const [name, show] of Object.entries(shown)) {
    test(`${name} shows no secret, and the rest as the original`, () => {
      const text = show(makeInstance(ours));
      assert.ok(!text.includes(SECRET), text);
      assert.equal(text, show(hidden(makeInstance(original))));
    });
  }

  test('can be read and written, and are not enumerable', () => {
    const instance = makeInstance(ours);
    for (const [holder, name] of [
      [instance, 'keySecret'],
      [instance.authenticator, 'instanceKeySecret'],
    ]) {
      assert.deepEqual(Object.getOwnPropertyDescriptor(holder, name), {
        value: SECRET,
        writable: true,
        enumerable: false,
        configurable: true,
      });
    }
  });
});

test('an ErrorResponse that nobody handles is printed with its status, error and description', async () => {
  const program = (name) =>
    `const { ErrorResponse } = require('${name}');
    const options = { status: 404, error: 'feeds/not_found', error_description: 'There is none' };
    Promise.reject(new ErrorResponse(options));`;
  const { stderr: theirs } = await run(program(names.original));
  assert.match(theirs, /reason "#<ErrorResponse>"/);
  const { code, stderr } = await run(program(names.ours));
  assert.equal(code, 1);
  for (const part of ['ErrorResponse', '404', 'feeds/not_found', 'There is none']) {
    assert.ok(stderr.includes(part), `${part} in ${stderr}`);
  }
});

test('the stack of an ErrorResponse is the line that stands for it, and may be assigned', () => {
  class Late extends ours.ErrorResponse {
    text = { detail: 'late' };

    get message() {
      return this.text.detail;
    }
  }
  const options = { status: 404, error: 'a', error_description: 'b' };
  const error = new ours.ErrorResponse(options);
  assert.equal(error.stack, 'ErrorResponse 404 a: b');
  assert.deepEqual(Object.keys(error), Object.keys(new original.ErrorResponse(options)));
  assert.equal(new Late(options).stack, 'ErrorResponse 404 late');
  assert.equal(Object.assign(error, { stack: 'mine' }).stack, 'mine');
});

describe('readJSON', () => {
  test('promises the parsed body', async () => {
    for (const value of [{ a: [1, null] }, [], 'text', 0, null]) {
      const promise = ours.readJSON({ body: JSON.stringify(value) });
      assert.ok(promise instanceof Promise);
      assert.deepEqual(await promise, value);
    }
  });

  test('rejects, and never throws, where the body is no JSON', async () => {
    for (const body of ['', '{', 'text', undefined]) {
      await assert.rejects(ours.readJSON({ body }), SyntaxError);
    }
    await assert.rejects(ours.readJSON(undefined), TypeError);
  });
});
