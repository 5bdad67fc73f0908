'use strict';

// The cases: what an administrator, a start script or a program may have decided for its process. This file contains only data
// and how each list becomes cases. Each case is { name, args, env, prelude, isLate, before, skip }; see compare.js.

const { spawnSync } = require('node:child_process');

/** The arguments that stand for an option that needs a value, or that only makes sense beside others. */
const VALUES = {
  '--allow-addons': ['--PERMISSION', '--allow-fs-read=*', '--allow-addons', '--ALLOW_NET'],
  '--allow-child-process': [
    '--PERMISSION',
    '--allow-fs-read=*',
    '--allow-addons',
    '--allow-child-process',
    '--ALLOW_NET',
  ],
  '--allow-fs-read': [
    '--PERMISSION',
    '--allow-fs-read=ROOT/',
    '--allow-fs-read=FOLDER/',
    '--allow-addons',
    '--ALLOW_NET',
  ],
  '--allow-fs-write': [
    '--PERMISSION',
    '--allow-fs-read=*',
    '--allow-fs-write=*',
    '--allow-addons',
    '--ALLOW_NET',
  ],
  '--allow-net': ['--PERMISSION', '--allow-fs-read=*', '--allow-addons', '--ALLOW_NET'],
  '--allow-worker': [
    '--PERMISSION',
    '--allow-fs-read=*',
    '--allow-addons',
    '--allow-worker',
    '--ALLOW_NET',
  ],
  '--conditions': ['--conditions=production'],
  '-C': ['-C', 'production'],
  '--cpu-prof-dir': ['--cpu-prof', '--cpu-prof-dir=FOLDER'],
  '--cpu-prof-interval': ['--cpu-prof', '--cpu-prof-interval=500'],
  '--cpu-prof-name': ['--cpu-prof', '--cpu-prof-name=a.cpuprofile'],
  '--debug-port': ['--debug-port=0'],
  '--diagnostic-dir': ['--diagnostic-dir=FOLDER'],
  '--disable-proto': ['--disable-proto=throw'],
  '--disable-warning': ['--disable-warning=DEP0169'],
  '--dns-result-order': ['--dns-result-order=ipv4first'],
  '--experimental-default-type': ['--experimental-default-type=module'],
  '--experimental-loader': ['--experimental-loader=data:text/javascript,'],
  '--experimental-specifier-resolution': ['--experimental-specifier-resolution=node'],
  '--heap-prof-dir': ['--heap-prof', '--heap-prof-dir=FOLDER'],
  '--heap-prof-interval': ['--heap-prof', '--heap-prof-interval=100000'],
  '--heap-prof-name': ['--heap-prof', '--heap-prof-name=a.heapprofile'],
  '--heapsnapshot-near-heap-limit': ['--heapsnapshot-near-heap-limit=1'],
  '--heapsnapshot-signal': ['--heapsnapshot-signal=SIGUSR2'],
  '--huge-max-old-generation-size': ['--huge-max-old-generation-size'],
  '--import': ['--import=data:text/javascript,'],
  '--input-type': ['--input-type=commonjs'],
  '--inspect': ['--inspect=127.0.0.1:0'],
  '--inspect-port': ['--inspect-port=0'],
  '--inspect-publish-uid': ['--inspect-publish-uid=stderr'],
  '--loader': ['--loader=data:text/javascript,'],
  '--localstorage-file': ['--localstorage-file=FOLDER/storage'],
  '--max-heap-size': ['--max-heap-size=300'],
  '--max-http-header-size': ['--max-http-header-size=16000'],
  '--max-old-space-size': ['--max-old-space-size=200'],
  '--max-old-space-size-percentage': ['--max-old-space-size-percentage=50'],
  '--max-semi-space-size': ['--max-semi-space-size=2'],
  '--network-family-autoselection-attempt-timeout': [
    '--network-family-autoselection-attempt-timeout=500',
  ],
  '--openssl-config': ['--openssl-config=/dev/null'],
  '--permission': ['--permission', '--allow-fs-read=*', '--allow-addons', '--ALLOW_NET'],
  '--experimental-permission': ['--experimental-permission', '--allow-fs-read=*', '--allow-addons'],
  '--redirect-warnings': ['--redirect-warnings=FOLDER/warnings'],
  '--report-dir': ['--report-dir=FOLDER'],
  '--report-directory': ['--report-directory=FOLDER'],
  '--report-filename': ['--report-filename=report.json'],
  '--report-signal': ['--report-signal=SIGUSR2'],
  '--require': ['--require=path'],
  '-r': ['-r', 'path'],
  '--secure-heap': ['--secure-heap=65536'],
  '--secure-heap-min': ['--secure-heap=65536', '--secure-heap-min=16'],
  '--stack-trace-limit': ['--stack-trace-limit=0'],
  '--title': ['--title=a-title'],
  '--tls-cipher-list': ['--tls-cipher-list=TLS_CHACHA20_POLY1305_SHA256'],
  '--tls-keylog': ['--tls-keylog=FOLDER/keys'],
  '--experimental-test-isolation': ['--experimental-test-isolation=none'],
  '--test-isolation': ['--test-isolation=none'],
  '--test-reporter': ['--test-reporter=spec'],
  '--test-reporter-destination': ['--test-reporter-destination=stdout'],
  '--test-shard': ['--test-shard=1/1'],
  '--trace-event-categories': ['--trace-event-categories=v8'],
  '--trace-event-file-pattern': ['--trace-event-file-pattern=FOLDER/trace'],
  '--trace-require-module': ['--trace-require-module=all'],
  '--unhandled-rejections': ['--unhandled-rejections=strict'],
  '--use-largepages': ['--use-largepages=silent'],
  '--v8-pool-size': ['--v8-pool-size=0'],
};

/** The options that are left out, by what they do. */
const LEFT_OUT = {
  'writes to a folder for all': [
    '--perf-basic-prof',
    '--perf-basic-prof-only-functions',
    '--perf-prof',
    '--perf-prof-unwinding-info',
  ],
  'leaves the addon out, and calls to Node (binding/wasm.test.js)': ['--no-addons'],
  'waits for a debugger, or for a file to change': [
    '--inspect-brk',
    '--inspect-wait',
    '--watch',
    '--watch-path',
  ],
  'needs a file that somebody has to make': [
    ...['--snapshot-blob', '--icu-data-dir', '--experimental-policy', '--policy-integrity'],
    ...['--experimental-package-map', '--test-global-setup', '--prof-process'],
  ],
};

const V8 = [
  ...[
    '--stack-size=500',
    '--no-opt',
    '--always-turbofan',
    '--always-sparkplug',
    '--no-lazy',
    '--lite-mode',
  ],
  ...[
    '--single-threaded',
    '--max-lazy',
    '--predictable',
    '--use-strict',
    '--no-flush-bytecode',
    '--stress-lazy-source-positions',
  ],
  ...[
    '--gc-interval=500',
    '--stress-compaction',
    '--optimize-for-size',
    '--no-concurrent-recompilation',
    '--hash-seed=7',
  ],
  ...[
    '--random-seed=7',
    '--allow-natives-syntax',
    '--no-expose-wasm',
    '--harmony',
    '--no-use-ic',
    '--initial-heap-size=64',
  ],
];

/** @type {Array<Record<string, string>>} */
const ENVIRONMENTS = [
  { NODE_ENV: 'production' },
  { NODE_OPTIONS: '--no-deprecation' },
  { NODE_OPTIONS: '--throw-deprecation --frozen-intrinsics' },
  { NODE_NO_WARNINGS: '1' },
  { NODE_PENDING_DEPRECATION: '1' },
  { NODE_DEBUG: 'http,https,net,tls,timer' },
  { NODE_DEBUG: 'pusher-platform' },
  { NODE_DEBUG_NATIVE: 'none' },
  { NODE_V8_COVERAGE: 'FOLDER/coverage' },
  { NODE_COMPILE_CACHE: 'FOLDER/cache' },
  { NODE_REDIRECT_WARNINGS: 'FOLDER/warnings' },
  { NODE_PRESERVE_SYMLINKS: '1' },
  { NODE_PATH: '/nowhere' },
  { NODE_ICU_DATA: '' },
  { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
  { NODE_TLS_REJECT_UNAUTHORIZED: '1' },
  { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' },
  { NODE_USE_SYSTEM_CA: '1' },
  { HTTPS_PROXY: 'http://127.0.0.1:1' },
  { SSL_CERT_FILE: '/nowhere', SSL_CERT_DIR: '/nowhere' },
  { SSLKEYLOGFILE: 'FOLDER/keys' },
  { OPENSSL_CONF: '/dev/null' },
  { UV_THREADPOOL_SIZE: '1' },
  { UV_USE_IO_URING: '1' },
  { MALLOC_ARENA_MAX: '1', MALLOC_PERTURB_: '7' },
  { PATH: '', HOME: '' },
  { TMPDIR: '/nowhere' },
  { TZ: 'Pacific/Chatham', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
  { RES_OPTIONS: 'ndots:9', LOCALDOMAIN: 'invalid' },
  { RUST_BACKTRACE: 'full', RUST_LOG: 'trace', LD_BIND_NOW: '1' },
  { MIMALLOC_VERBOSE: '0', MIMALLOC_ARENA_EAGER_COMMIT: '0' },
];

const REAL_AND_FROZEN = `
  const seen = new Set();
  const harden = (value) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value);
    if (!ArrayBuffer.isView(value)) Object.freeze(value);
    for (const { value: inner, get, set } of Object.values(Object.getOwnPropertyDescriptors(value))) {
      harden(inner);
      harden(get);
      harden(set);
    }
    harden(Object.getPrototypeOf(value));
  };`;

/** What a program does to its process, as code; each runs before the package is loaded, and in another case after that. */
const HARDENINGS = {
  'a frozen process': 'Object.freeze(process);',
  'a process that cannot be extended': 'Object.preventExtensions(process);',
  'a process with all its objects frozen': `
    for (const name of ['versions', 'release', 'features', 'config', 'execArgv', 'argv']) Object.freeze(process[name]);
    Object.freeze(process);`,
  'frozen built-in objects': `${REAL_AND_FROZEN}
    for (const name of ['Object', 'Function', 'Array', 'Error', 'TypeError', 'Promise', 'Map', 'Set', 'WeakMap', 'Symbol', 'JSON',
      'RegExp', 'String', 'Number', 'Date', 'Math', 'Reflect', 'Proxy']) harden(globalThis[name]);`,
  'frozen modules of Node': `
    for (const name of ['http', 'https', 'net', 'tls', 'dns', 'url', 'util', 'fs', 'crypto', 'querystring']) {
      Object.freeze(require(name));
    }`,
  'a frozen global object': 'Object.freeze(globalThis);',
  'no process.binding': 'delete process.binding;',
  'process.binding that throws': "process.binding = () => { throw new Error('denied'); };",
  'no __proto__': 'delete Object.prototype.__proto__;',
  'no global URL': 'delete globalThis.URL; delete globalThis.URLSearchParams;',
  'no globals of the web': `
    for (const name of ['fetch', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'TextDecoder', 'TextEncoder',
      'structuredClone', 'queueMicrotask', 'performance', 'WebAssembly', 'crypto', 'navigator', 'MessageChannel']) {
      delete globalThis[name];
    }`,
  'no weak references': 'delete globalThis.WeakRef; delete globalThis.FinalizationRegistry;',
  'no shared memory': 'delete globalThis.SharedArrayBuffer; delete globalThis.Atomics;',
  'a removed working directory': `
    const fs = require('fs');
    const folder = fs.mkdtempSync(__dirname + '/gone-');
    process.chdir(folder);
    fs.rmdirSync(folder);`,
  'no stack traces': 'Error.stackTraceLimit = 0;',
  'no limit of stack traces': 'delete Error.stackTraceLimit;',
  'no Error.captureStackTrace': 'delete Error.captureStackTrace;',
  'Error.prepareStackTrace that returns call sites':
    'Error.prepareStackTrace = (error, sites) => sites;',
  'Error.prepareStackTrace that throws':
    "Error.prepareStackTrace = () => { throw new Error('a stack'); };",
  'Error.prepareStackTrace that formats errors alone': `
    Error.prepareStackTrace = (error, sites) => (error instanceof Error ? error + sites.join() : sites);`,
  'get and set on Object.prototype': `
    for (const name of ['get', 'set']) {
      const descriptor = { __proto__: null, value() {}, enumerable: false, configurable: true, writable: true };
      Object.defineProperty(Object.prototype, name, descriptor);
    }`,
  'functions on Object.prototype': `
    for (const name of ['take', 'record', 'observe', 'reason', 'ticket', 'settle']) {
      Object.defineProperty(Object.prototype, name, { value() {}, configurable: true, writable: true });
    }`,
  'functions on Object.prototype that are named as options': `
    for (const name of ['retry', 'select']) {
      Object.defineProperty(Object.prototype, name, { value() {}, configurable: true, writable: true });
    }`,
  'an enumerable function on Object.prototype and on Array.prototype': `
    Object.prototype.extension = function () {};
    Array.prototype.extension = function () {};`,
  'Function.prototype.toString that is replaced':
    "Function.prototype.toString = () => 'function () { [native code] }';",
  'Date.now of a clock that stands still': 'const now = Date.now(); Date.now = () => now;',
  'Date.now that returns NaN': 'Date.now = () => NaN;',
  'Date.now that throws': "Date.now = () => { throw new Error('no clock'); };",
  'a Promise that is a class of its own': 'globalThis.Promise = class extends Promise {};',
  'Promise.prototype.then that is wrapped': `
    const { then } = Promise.prototype;
    Promise.prototype.then = function (...args) { return then.apply(this, args); };`,
  'JSON that is wrapped': `
    const { stringify, parse } = JSON;
    JSON.stringify = (...args) => stringify(...args);
    JSON.parse = (...args) => parse(...args);`,
  'Module._load that is wrapped': `
    const Module = require('module');
    const load = Module._load;
    Module._load = function (...args) { return load.apply(this, args); };`,
  'an asynchronous hook':
    "require('async_hooks').createHook({ init() {}, before() {}, after() {}, destroy() {} }).enable();",
  AsyncLocalStorage: "new (require('async_hooks').AsyncLocalStorage)().enterWith({});",
  'listeners for failures': `
    process.on('uncaughtException', () => {});
    process.on('unhandledRejection', () => {});
    process.on('warning', () => {});`,
  'process.emitWarning that throws':
    "process.emitWarning = () => { throw new Error('no warnings'); };",
  'no process.report': "Object.defineProperty(process, 'report', { value: undefined });",
  'process.nextTick that is wrapped': `
    const { nextTick } = process;
    process.nextTick = (...args) => nextTick.apply(process, args);`,
  'process.exit that is replaced': "process.exit = () => { throw new Error('exit'); };",
  'an environment without a prototype': `
    const env = Object.assign(Object.create(null), process.env);
    Object.defineProperty(process, 'env', { value: env });`,
  'other options': 'process.execArgv = [];',
  'no options': 'process.execArgv = undefined;',
  'frozen options': 'Object.freeze(process.execArgv);',
  'no console': 'delete globalThis.console;',
  'console methods that throw':
    "for (const name in console) console[name] = () => { throw new Error('console'); };",
  'timers that never fire':
    'globalThis.setTimeout = () => ({ unref() {}, ref() {} }); globalThis.setInterval = setTimeout;',
  'Array iteration that is wrapped': `
    const values = Array.prototype[Symbol.iterator];
    Array.prototype[Symbol.iterator] = function () { return values.call(this); };`,
};

/** What happens to a process after it has loaded the package. */
const LATE = {
  'files that cannot be read any more': `
    const fs = require('fs');
    for (const name of ['readFileSync', 'openSync', 'statSync', 'lstatSync', 'realpathSync', 'existsSync', 'readFile', 'open']) {
      fs[name] = () => { throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' }); };
    }
    const Module = require('module');
    Module._resolveFilename = (name) => {
      if (Module.builtinModules.includes(name.replace(/^node:/, ''))) return name;
      throw Object.assign(new Error('no file is left'), { code: 'MODULE_NOT_FOUND' });
    };`,
  'modules that have been forgotten':
    'for (const name of Object.keys(require.cache)) delete require.cache[name];',
  'dropped privileges': 'process.setgroups([]); process.setgid(65534); process.setuid(65534);',
};

const isRoot = process.getuid?.() === 0;
const isPosix = process.platform !== 'win32';

// The command runs as root of the machine, or as root of a user namespace if the system lets any user create one.
const mounting = (command) => [
  ...['unshare', ...(isRoot ? [] : ['--map-root-user']), '--mount'],
  ...['sh', '-ec', `${command}; exec "$@"`, 'sh'],
];
const shell = (command) => ['sh', '-c', command, 'sh'];

/** Whether a process may have its own mounts here. `.ci/run` makes sure of it. */
const canMount = runs(mounting('mount -t tmpfs none /proc'));

/** Cases that the system has a part in: a command starts Node. */
const SYSTEM = {
  'no /proc': mounting('mount -t tmpfs none /proc'),
  'no certificates of the system': mounting('mount -t tmpfs none /etc/ssl'),
  'no configuration of the resolver': mounting('mount --bind /dev/null /etc/resolv.conf'),
  'few open files': shell('ulimit -n 64; exec "$@"'),
  'a small stack': shell('ulimit -s 1024; exec "$@"'),
  'no core files, and a umask': shell('ulimit -c 0; umask 777; exec "$@"'),
  'a closed standard input': shell('exec "$@" <&-'),
};

function runs([command, ...args]) {
  return spawnSync(command, [...args, 'true']).status === 0;
}

/** Returns why this machine cannot run a case, if it cannot. */
function obstacle({ name, before }) {
  if (name === 'dropped privileges' && !isRoot) return 'wants to be root';
  if (before?.[0] === 'unshare' && !canMount) return 'wants Linux, and the right to mount';
  return before && !isPosix ? 'wants a shell' : undefined;
}

/** The cases whose calls may go through Node's client, by the reason. */
const THROUGH_NODE = {
  'they are about connections': [
    ...[
      '--openssl-shared-config',
      '--openssl-config',
      '--tls-cipher-list',
      '--use-openssl-ca',
      '--tls-keylog',
      '--trace-tls',
    ],
    ...['--dns-result-order', '--insecure-http-parser', 'OPENSSL_CONF=/dev/null'],
  ],
  "Node's permission model denies what tells its functions from others": [
    ...[
      '--allow-addons',
      '--allow-child-process',
      '--allow-fs-read',
      '--allow-fs-write',
      '--allow-net',
      '--allow-worker',
    ],
    ...['--experimental-permission', '--permission', '--permission-audit'],
  ],
  'it cannot be read how Node was started': ['no options, before loading'],
  "nothing tells Node's functions from others": [
    ...[
      'no process.binding',
      'process.binding that throws',
      'Function.prototype.toString that is replaced',
    ].flatMap((name) => [`${name}, before loading`, `${name}, after loading`]),
  ],
};

/** Returns the cases for the options that a Node names, and those that are left out, with the reason. */
function options(node) {
  const script = 'JSON.stringify([...process.allowedNodeEnvironmentFlags])';
  const { stdout } = spawnSync(node, ['-p', script], { encoding: 'utf8' });
  const flags = JSON.parse(stdout);
  const permission = flags.includes('--permission') ? '--permission' : '--experimental-permission';
  const leftOut = new Set(Object.values(LEFT_OUT).flat());
  return flags
    .filter((flag) => !leftOut.has(flag))
    .map((flag) => ({
      name: flag,
      args: (VALUES[flag] || [flag])
        .map((each) =>
          each.replace('--PERMISSION', permission).replace('--ALLOW_NET', '--allow-net'),
        )
        .filter((each) => each !== '--allow-net' || flags.includes(each)),
    }));
}

const named = (env) =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/**
 * Returns all cases of a Node.
 * @param {string} node its executable
 * @returns {Array<import('./compare').Case & { skip?: string }>}
 */
function casesOf(node) {
  const throughNode = new Set(Object.values(THROUGH_NODE).flat());
  const cases = [
    ...options(node),
    ...V8.map((flag) => ({ name: flag, args: [flag] })),
    ...ENVIRONMENTS.map((env) => ({ name: named(env), env })),
    ...Object.entries(HARDENINGS).flatMap(([name, prelude]) => [
      { name: `${name}, before loading`, prelude },
      { name: `${name}, after loading`, prelude, isLate: true },
    ]),
    ...Object.entries(LATE).map(([name, prelude]) => ({ name, prelude, isLate: true })),
    ...Object.entries(SYSTEM).map(([name, before]) => ({ name, before })),
  ];
  return cases.map((each) => ({
    ...each,
    mayUseNode: throughNode.has(each.name),
    skip: obstacle(each),
  }));
}

module.exports = { casesOf };
