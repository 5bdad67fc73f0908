'use strict';

// The ways in which a Node can load the package: under restrictions, with frozen built-in objects, and from different kinds of
// programs. In each view, the package does its main job, or fails with an error that says what to do.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');

const { IDENTITY } = require('./local');
const { run } = require('./child');

const ROOT = path.resolve(__dirname, '../..');
const PATIENCE = 60_000;
const DONE = { body: '{"here":1}', code: 404, expires: 86_400 };
// https://nodejs.org/api/single-executable-applications.html
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * @typedef {object} View
 * @property {string} name
 * @property {(node: Runtime, platform: import('../../testing').Platform) => Promise<void>} check
 *
 * @typedef {{ executable: string, flags: Set<string> }} Runtime the `flags` are those that NODE_OPTIONS may have
 */

/** Returns the text of a function that does the main job with the package and returns the outcome. */
const job = ({ host, port, ca }) => `
  (sdk) => {
    const instance = new sdk.Instance({
      locator: '${IDENTITY.locator}', key: '${IDENTITY.key}', serviceName: 'feeds', serviceVersion: 'v1',
      sdkInfo: new sdk.SDKInfo({ productName: 'feeds', version: '1.0.0' }),
      host: '${host}', port: ${port}, ca: ${JSON.stringify(ca)},
    });
    const grant = { grant_type: 'client_credentials' };
    const { body: tokens } = instance.authenticateWithRefreshToken(grant, { userId: 'ham' });
    const renewed = instance.authenticateWithRefreshToken(
      { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, { userId: 'ham' });
    const { token: jwt } = instance.generateAccessToken({ su: true });
    return Promise.all([
      instance.request({ path: 'a', jwt }),
      instance.request({ path: 'none', jwt }).catch((error) => error),
    ]).then(([{ body }, { status: code }]) => ({ body, code, expires: renewed.body.expires_in }));
  }`;

const TELL = `(told) => console.log(JSON.stringify(told))`;
const TELL_ERROR = `({ code, message }) => console.log(JSON.stringify({ code, message }))`;

/** Returns a program that requires the package by `load` and prints the outcome of the main job. */
const program = (platform, load = `require(${JSON.stringify(ROOT)})`) => `
  let sdk;
  try { sdk = ${load}; } catch (error) { (${TELL_ERROR})(error); }
  if (sdk) (${job(platform)})(sdk).then(${TELL}, ${TELL_ERROR});`;

/** Returns what the program prints when Node runs it with these arguments. */
async function told({ executable }, platform, execArgv, env) {
  const { json } = await run(program(platform), {
    node: executable,
    execArgv: ['--no-warnings', ...execArgv],
    env,
    timeout: PATIENCE,
  });
  return json;
}

const hasModule = fs.existsSync(path.join(ROOT, 'lib/binding/core.wasm'));

const works = (execArgv) => async (node, platform) =>
  assert.deepEqual(await told(node, platform, execArgv(node)), DONE);

// Where only the addon is wanted, its absence is an error. Otherwise the WebAssembly module serves.
const advises = (advice, execArgv, env) => async (node, platform) => {
  const strict = { ...env, PUSHER_PLATFORM_BINDING: 'native' };
  assertAdvice(await told(node, platform, execArgv(node), strict), advice);
  if (hasModule) assert.deepEqual(await told(node, platform, execArgv(node), env), DONE);
};

function assertAdvice({ code, message }, advice) {
  assert.equal(code, 'ERR_PUSHER_PLATFORM_NO_BINARY');
  assert.match(message, advice);
}

// Newer versions of Node still know the option by its first name.
const permission = ({ flags }) =>
  ['--permission', '--experimental-permission'].find((flag) => flags.has(flag));
// Where Node knows no `--allow-net`, the permission model does not cover the network.
const net = ({ flags }) => ['--allow-net'].filter((flag) => flags.has(flag));
const read = `--allow-fs-read=${path.join(ROOT, path.sep)}*`;

const exec = promisify(execFile);

/** Runs an executable in a folder, and returns the last line that it prints, parsed as JSON. */
async function lastLine(executable, args, cwd) {
  const { stdout } = await exec(executable, args, { cwd, timeout: PATIENCE });
  return JSON.parse(stdout.trimEnd().split('\n').pop());
}

async function within(use) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'views-'));
  try {
    await use(folder, (name, text) => fs.writeFileSync(path.join(folder, name), text));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Bundles the package into one script, as a bundler does, which leaves to `require` the modules that cannot be resolved. */
function bundle() {
  const library = fs
    .readdirSync(path.join(ROOT, 'lib'), { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => `lib/${name.replaceAll(path.sep, '/')}`);
  const files = ['index.js', 'package.json', ...library];
  const sources = files.map((name) => [name, fs.readFileSync(path.join(ROOT, name), 'utf8')]);
  return `((sources) => {
    const loaded = {};
    const load = (name) => {
      if (loaded[name]) return loaded[name].exports;
      const module = (loaded[name] = { exports: {} });
      const near = (wanted) => require('path').posix.join(require('path').posix.dirname(name), wanted);
      const found = (wanted) => ['', '.js', '/index.js'].map((end) => near(wanted) + end).find((each) => sources[each]);
      const inside = (wanted) => (wanted[0] === '.' && found(wanted) ? load(found(wanted)) : require(wanted));
      Function('exports', 'require', 'module', sources[name])(module.exports, inside, module);
      return module.exports;
    };
    return load('index.js');
  })(${JSON.stringify(Object.fromEntries(sources))})`;
}

/** Makes a single-executable application of a script, in a folder. */
async function singleExecutable({ executable }, folder, write, script) {
  write('main.js', script);
  write('sea.json', '{"main":"main.js","output":"sea.blob","disableExperimentalSEAWarning":true}');
  const options = { cwd: folder, timeout: PATIENCE };
  await exec(executable, ['--experimental-sea-config', 'sea.json'], options);
  const application = path.join(folder, 'application');
  fs.copyFileSync(executable, application);
  const postject = require.resolve('postject/dist/cli.js');
  const args = [postject, application, 'NODE_SEA_BLOB', 'sea.blob', '--sentinel-fuse', FUSE];
  await exec(process.execPath, args, options);
  return application;
}

const inSingleExecutable = (scriptOf, check) => (node, platform) =>
  within(async (folder, write) => {
    const packages = path.join(folder, 'node_modules');
    fs.mkdirSync(packages);
    fs.symlinkSync(ROOT, path.join(packages, 'pusher-platform-native'), 'junction');
    const application = await singleExecutable(node, folder, write, scriptOf(platform));
    check(await lastLine(application, [], folder));
  });

const BUILD = ['--no-warnings', '--snapshot-blob', 'snapshot.blob', '--build-snapshot', 'entry.js'];
const RUN = ['--no-warnings', '--snapshot-blob', 'snapshot.blob', 'entry.js'];

// In a single-executable application, Node's own `require` finds only Node's own modules.
const requireAt = (file) => `require('module').createRequire(${file})`;
const ours = JSON.stringify(path.join(ROOT, 'index.js'));

/** @type {View[]} */
const VIEWS = [
  { name: 'as it is', check: works(() => []) },
  {
    name: '--permission with --allow-addons',
    check: works((node) => [permission(node), read, '--allow-addons', ...net(node)]),
  },
  {
    name: '--permission without --allow-addons',
    check: advises(/start Node with --allow-addons/, (node) => [
      permission(node),
      read,
      ...net(node),
    ]),
  },
  {
    name: '--permission without --allow-net',
    async check(node, platform) {
      const execArgv = [permission(node), read, '--allow-addons'];
      const outcome = await told(node, platform, execArgv);
      if (net(node).length === 0) assert.deepEqual(outcome, DONE);
      else assert.equal(outcome.code, 'ERR_ACCESS_DENIED');
    },
  },
  {
    name: '--no-addons',
    check: advises(/start it without --no-addons/, () => ['--no-addons']),
  },
  {
    name: '--no-addons in NODE_OPTIONS',
    check: advises(/start it without --no-addons/, () => [], { NODE_OPTIONS: '--no-addons' }),
  },
  { name: '--frozen-intrinsics', check: works(() => ['--frozen-intrinsics']) },
  { name: '--disable-proto=throw', check: works(() => ['--disable-proto=throw']) },
  { name: '--disable-proto=delete', check: works(() => ['--disable-proto=delete']) },
  { name: '--jitless', check: works(() => ['--jitless']) },
  {
    name: 'a startup snapshot, loaded once it runs',
    check: ({ executable }, platform) =>
      within(async (folder, write) => {
        const main = program(platform, `${requireAt(ours)}(${ours})`);
        write(
          'entry.js',
          `require('v8').startupSnapshot.setDeserializeMainFunction(() => { ${main} });`,
        );
        await exec(executable, BUILD, { cwd: folder, timeout: PATIENCE });
        assert.deepEqual(await lastLine(executable, RUN, folder), DONE);
      }),
  },
  {
    name: 'a startup snapshot that is to hold it',
    check: ({ executable }, platform) =>
      within(async (folder, write) => {
        write('entry.js', program(platform, bundle()));
        assertAdvice(await lastLine(executable, BUILD, folder), /setDeserializeMainFunction/);
      }),
  },
  {
    name: 'a cluster',
    async check({ executable }, platform) {
      const load = `require(${ours})`;
      const script = `
        const cluster = require('cluster');
        if (cluster.isPrimary) {
          const told = [];
          for (let count = 0; count < 3; count += 1) {
            cluster.fork().on('message', (each) => {
              told.push(each);
              if (told.length === 3) {
                (${job(platform)})(${load}).then((own) => console.log(JSON.stringify([own, ...told])));
              }
            });
          }
        } else {
          (${job(platform)})(${load}).then((told) => process.send(told, () => process.disconnect()));
        }`;
      await within(async (folder, write) => {
        write('cluster.js', script);
        const outcome = await lastLine(executable, ['cluster.js'], folder);
        assert.deepEqual(outcome, [DONE, DONE, DONE, DONE]);
      });
    },
  },
];

/** The views that need an executable that can be modified without being signed again. */
const LINUX_VIEWS = [
  {
    name: 'a single-executable application',
    check: inSingleExecutable(
      (platform) => program(platform, `${requireAt('process.execPath')}('pusher-platform-native')`),
      (outcome) => assert.deepEqual(outcome, DONE),
    ),
  },
  {
    name: 'a single-executable application that it is bundled into',
    check: inSingleExecutable(
      (platform) => program(platform, bundle()),
      (outcome) => assertAdvice(outcome, /createRequire\(process\.execPath\)/),
    ),
  },
];

/** @returns {View[]} */
const views = () => (process.platform === 'linux' ? [...VIEWS, ...LINUX_VIEWS] : VIEWS);

/** Makes the platform respond to the requests of the job. */
const serve = (platform) => platform.on('GET', 'a', { body: { here: 1 } });

module.exports = { serve, views };
