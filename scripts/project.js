'use strict';

// Runs the project's tasks, each of which works from a bare clone: `node scripts/project.js <task> [arguments]`. An argument that
// begins with `# ` describes the task: `npm run` prints it, because npm has no other place for descriptions.

const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { commit, describe, packageOf } = require('./addon');
const { flagsFor } = require('./reproducible');
const { executableOf } = require('./runtimes');
const { hostTriple, toolchain } = require('./toolchain');

const root = path.join(__dirname, '..');

const MODULE = path.join(root, 'lib/binding/core.wasm');
// The tests that also run over the WebAssembly module, if it has been built.
const OVER_WASM = [
  ...['__test__/token/', '__test__/instance/', 'request/options'],
  ...['request/wire', 'request/caller'],
];

const tasks = {
  /** Installs the development dependencies, as every other task also does. */
  setup: () => setUp(),
  /** Builds the addon as it is published, for this platform or for the given triple. */
  build(triple = hostTriple()) {
    setUp();
    const tools = toolchain(triple);
    const flags = flagsFor(triple);
    const cross = tools ? ['--cross-compile'] : [];
    const options = ['--release', '--target', tools?.target || triple, ...cross];
    const before = commit();
    build(triple, options, { ...tools?.env, ...flags.env });
    describe(triple, before, {
      profile: 'release',
      tools: [version('rustc'), ...(tools ? tools.versions : [version('cc')])],
      flags: { rust: flags.rust, c: flags.c },
    });
    return tools;
  },
  /** Builds the addon quickly, with the assertions of a debug build. */
  'build:debug'() {
    const triple = hostTriple();
    const before = commit();
    build(triple, []);
    describe(triple, before, { profile: 'debug', tools: [version('rustc')] });
  },
  /** Builds the core as a WebAssembly module, which the main package has for platforms and processes without an addon. */
  'build:wasm'() {
    setUp();
    require('./wasm').buildWasm();
  },
  /**
   * Runs the tests of the core, then those of the package; if a name is given, only the tests that match it. After `--node
   * <version>`, runs only those of the package, on that version of Node: `npm test -- [--node <version>] [name]`.
   */
  test(...args) {
    const [node, name] = args[0] === '--node' ? args.slice(1) : [undefined, ...args];
    tasks['build:debug']();
    const { core, suite } = testsOf(name);
    if (core && node === undefined) {
      testCore(core);
    }
    if (suite) {
      // Every test file is a process of its own, and most wait for other processes.
      const atOnce = `--test-concurrency=${os.availableParallelism()}`;
      const reporter = `--test-reporter=${path.join(__dirname, 'reporter.js')}`;
      const env = node && {
        PATH: pathWith(path.dirname(executableOf(`node-${node}`))),
        TEST_NODE: node,
      };
      const runSuite = (files, more) =>
        run('node', ['--test', atOnce, reporter, ...files], { ...env, ...more });
      runSuite(suite);
      if (name === undefined && fs.existsSync(MODULE)) {
        console.log('The same over the WebAssembly module');
        runSuite(
          OVER_WASM.flatMap((part) => suite.filter((file) => file.includes(part))),
          {
            PUSHER_PLATFORM_BINDING: 'wasm',
          },
        );
      }
    }
  },
  /** Runs the main job against a local platform, step by step. */
  demo() {
    tasks['build:debug']();
    run('node', ['examples/demo.js']);
  },
  /** Checks style, types, documentation and likely mistakes. */
  lint() {
    tasks['build:debug']();
    run('cargo', ['fmt', '--check']);
    run('cargo', ['clippy', '--locked', '--all-targets', '--', '-D', 'warnings']);
    // The fuzz targets are a crate of their own that only fuzzing builds; without this check, the crate could stop compiling
    // unnoticed.
    run('cargo', ['check', '--locked', '--bins', '--manifest-path', 'fuzz/Cargo.toml']);
    run('npx', ['biome', 'ci', '--error-on-warnings']);
    run('npx', ['tsc', '--noEmit', '--project', '.']);
    run('npx', ['knip', '--treat-config-hints-as-errors']);
    tasks.docs();
    run('node', ['scripts/release-check.js']);
    run('node', ['scripts/check-imports.js']);
    run('node', ['scripts/check-writes.js']);
    run('node', ['scripts/check-workflows.js']);
  },
  /**
   * Generates pages from the type declarations in docs/api/; a missing description or a broken link is an error (typedoc.json).
   */
  docs() {
    setUp();
    run('npx', ['typedoc']);
  },
  /** Compares the package with the original and with the libraries that a user would choose instead. */
  bench(...args) {
    tasks.build();
    run('node', ['bench/run.js', ...args]);
  },
  /** Runs the suites of other projects, all or the named ones, over the original and over ours, and prints a table. */
  suites(...names) {
    tasks['build:debug']();
    run('node', ['scripts/suites.js', ...names]);
  },
  /** Soaks the addon: sends many requests and creates many tokens, among failures, while workers start and end. */
  soak(...args) {
    tasks.build();
    run('node', ['soak/run.js', ...args]);
  },
  /**
   * Fuzzes one part of the core for a number of seconds: `npm run fuzz -- <target> <seconds>`. Requires nightly Rust and `cargo
   * install cargo-fuzz`.
   */
  fuzz(target, seconds = '600') {
    // The fuzzer writes the inputs that it keeps to the first of these folders, which is not committed.
    const folders = ['corpus', 'seeds'].map((name) => path.join('fuzz', name, target));
    for (const folder of folders) fs.mkdirSync(path.join(root, folder), { recursive: true });
    const limits = [`-max_total_time=${seconds}`, '-timeout=20'];
    run('cargo', ['+nightly', 'fuzz', 'run', target, ...folders, '--', ...limits]);
  },
  /** Checks every dependency for known vulnerabilities and for its licence; `--db FOLDER` does so without GitHub. */
  audit: (...args) => run('node', ['scripts/audit.js', ...args]),
  /** Runs tests with an addon that is built with AddressSanitizer. */
  sanitize: (...files) => run('node', ['scripts/sanitize.js', ...files]),
  /** Writes the tarballs of the main package and of this platform's package to artifacts/. */
  'pack:local'(triple = hostTriple()) {
    const tools = tasks.build(triple);
    buildWasmIfPossible();
    // A machine without the toolchain still packs for machines like itself; a release does not (see release.yml).
    run('node', ['scripts/pack.js', ...(tools ? [] : ['--any-glibc']), triple]);
  },
  /** Writes the tarball of the main package alone to artifacts/. */
  'pack:main'() {
    setUp();
    buildWasmIfPossible();
    run('node', ['scripts/pack.js', '--main']);
  },
  /** Builds this commit twice, or the commit of a published tarball, and compares the results: see scripts/reproduce.js. */
  reproduce(...args) {
    setUp();
    run('node', ['scripts/reproduce.js', ...args]);
  },
  /** Tries the tarballs on every runtime, and in bundles. */
  matrix() {
    tasks['pack:local']();
    run('node', ['scripts/check-tarballs.js']);
    run('node', ['scripts/matrix.js']);
    run('node', ['scripts/bundlers.js']);
  },
  /** Builds for other platforms, and tries each build on that platform's Node: `npm run platforms -- [--all] [name…]`. */
  platforms(...args) {
    setUp();
    run('node', ['scripts/platforms.js', ...args]);
  },
};

/** Installs the development dependencies if they are missing or out of date. */
function setUp() {
  const installed = modified('node_modules/.package-lock.json');
  if (installed < modified('package-lock.json')) {
    // `npm ci` is not an option: it requires the lock file to list the optional packages of every platform, including those of
    // other packages. The suppressed warnings concern the engines and the age of indirect dependencies.
    console.log('Installing the development dependencies.');
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  }
}

function build(triple, options, env) {
  setUp();
  if (!fs.existsSync(path.join(root, 'build'))) {
    console.log('The first build compiles every dependency: about two minutes on two cores.');
  }
  const { folder, addon } = packageOf(triple);
  const files = ['--output-dir', path.relative(root, folder), '--dts', '../../binding.d.ts'];
  run(
    'npx',
    ['napi', 'build', '--platform', '--no-js', ...files, ...options, '--', '--locked'],
    env,
  );
  console.log(`The addon is ${path.relative(root, addon)}`);
}

/** Builds the WebAssembly module, or says why this machine cannot. */
function buildWasmIfPossible() {
  const { Lacking } = require('./platforms/debian');
  try {
    tasks['build:wasm']();
  } catch (error) {
    if (!(error instanceof Lacking)) {
      throw error;
    }
    console.warn(`The main package is packed without its WebAssembly module. ${error.message}`);
  }
}

/** Runs tests of the core. If some fail, the output ends with lines that say how to run each of them alone. */
function testCore(args) {
  // With the target that napi-rs names, cargo reuses the dependencies that were compiled for the addon.
  const command = ['cargo', 'test', '--locked', '--target', hostTriple(), ...args];
  console.log(`> ${command.join(' ')}`);
  const { status, stdout } = spawnSync(command[0], command.slice(1), {
    cwd: root,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout);
  if (status !== 0) {
    for (const [, name] of stdout.matchAll(/^test \S*::(\w+) \.\.\. FAILED$/gm)) {
      console.log(`To run it alone: npm test -- ${name}`);
    }
    process.exit(1);
  }
}

/** Returns the first line in which a compiler tells its version, or its name where it tells none. */
function version(compiler) {
  const { stdout } = spawnSync(compiler, ['--version'], { cwd: root, encoding: 'utf8' });
  return stdout ? stdout.split('\n')[0] : compiler;
}

function run(command, args, env) {
  console.log(`> ${[command, ...args].join(' ').slice(0, 120)}`);
  const shell = process.platform === 'win32';
  const { error, status, signal } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell,
    // The user's variables take precedence, except PATH, which starts with the toolchain's PATH.
    env: { ...env, ...process.env, ...(env?.PATH && { PATH: env.PATH }) },
  });
  if (error) {
    throw error;
  }
  if (status !== 0) {
    console.error(`${command} failed: ${signal || `exit code ${status}`}`);
    process.exit(status || 1);
  }
}

/**
 * Returns the arguments for `cargo test` and for `node --test`. For `node --test`, these are the files whose path contains
 * `name`, or else, in the files that mention `name`, the tests whose title contains it.
 */
function testsOf(name) {
  const files = filesBelow('__test__', '.test.js');
  if (name === undefined) {
    return { core: [], suite: files };
  }
  const named = files.filter((file) => file.includes(name));
  const mentioning = files.filter((file) => mentions(file, name));
  const core = filesBelow('src', '.rs').some((file) => file.includes(name) || mentions(file, name));
  if (!core && named.length + mentioning.length === 0) {
    console.error(`No test has \`${name}\` in its file's path or in its title.`);
    process.exit(1);
  }
  const pattern = `--test-name-pattern=${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`;
  return {
    core: core && ['--lib', name],
    suite: named.length > 0 ? named : mentioning.length > 0 && [pattern, ...mentioning],
  };
}

function mentions(file, name) {
  return fs.readFileSync(path.join(root, file), 'utf8').includes(name);
}

function filesBelow(directory, ending) {
  return fs
    .readdirSync(path.join(root, directory), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.join(directory, entry.name);
      return entry.isDirectory() ? filesBelow(name, ending) : name;
    })
    .filter((name) => name.endsWith(ending))
    .sort();
}

/** Returns PATH with a folder in front, so that the processes that tests start by name come from there. */
const pathWith = (folder) => [folder, process.env.PATH].join(path.delimiter);

function modified(name) {
  const stat = fs.statSync(path.join(root, name), { throwIfNoEntry: false });
  return stat ? stat.mtimeMs : 0;
}

const [, , name, ...given] = process.argv;
if (!Object.hasOwn(tasks, String(name))) {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const [each, command] of Object.entries(scripts)) {
    console.error(`${each.padEnd(12)} ${command.match(/# ([^"]*)/)?.[1]}`);
  }
  process.exit(2);
}
tasks[name](...given.filter((argument) => !argument.startsWith('# ')));
