'use strict';

// The project's tasks, each of which starts from a bare clone: `node scripts/project.js <task> [arguments]`. An argument that
// begins with `# ` says what the task does: `npm run` shows it, since npm has no other place for it.

const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { hostTriple, toolchain } = require('./toolchain');

const root = path.join(__dirname, '..');

const tasks = {
  /** Installs the development dependencies, which every other task does as well. */
  setup: () => setUp(),
  /** Builds the addon as it is published, for this platform or for the triple that is named. */
  build(triple = hostTriple()) {
    setUp();
    const tools = toolchain(triple);
    const cross = tools?.isZig ? ['--cross-compile'] : [];
    build(['--release', '--target', tools?.target || triple, ...cross], tools?.env);
    return tools;
  },
  /** Builds the addon fast, with the checks of a debug build. */
  'build:debug': () => build([]),
  /** Runs the tests of the core, then those of the package; of both only those that match `name`, where it is given. */
  test(name) {
    tasks['build:debug']();
    const { core, suite } = testsOf(name);
    if (core) {
      run('cargo', ['test', '--locked', ...core]);
    }
    if (suite) {
      run('node', ['--test', ...suite]);
    }
  },
  /** Walks the main job over a local platform. */
  demo() {
    tasks['build:debug']();
    run('node', ['examples/demo.js']);
  },
  /** Checks style, types and likely mistakes. */
  lint() {
    tasks['build:debug']();
    run('cargo', ['fmt', '--check']);
    run('cargo', ['clippy', '--locked', '--all-targets', '--', '-D', 'warnings']);
    // A crate of its own, which would fall behind unseen: only fuzzing builds it.
    run('cargo', ['check', '--locked', '--bins', '--manifest-path', 'fuzz/Cargo.toml']);
    run('npx', ['biome', 'ci', '--error-on-warnings']);
    run('npx', ['tsc', '--noEmit', '--project', '.']);
    tasks.docs();
    run('node', ['scripts/release-check.js']);
    run('node', ['scripts/check-imports.js']);
    run('node', ['scripts/check-workflows.js']);
  },
  /** Makes pages of the typings in docs/api/; what is not documented, or links nowhere, is an error (typedoc.json). */
  docs() {
    setUp();
    run('npx', ['typedoc']);
  },
  /** Compares with the original and with what a user would pick instead. */
  bench(...args) {
    tasks.build();
    run('node', ['bench/run.js', ...args]);
  },
  /** Runs the suites that others wrote over the original and over ours, all or those that are named, and prints a table. */
  suites(...names) {
    tasks['build:debug']();
    run('node', ['scripts/suites.js', ...names]);
  },
  /** Soaks the addon: many requests and tokens, among failures, and workers that come and go. */
  soak(...args) {
    tasks.build();
    run('node', ['soak/run.js', ...args]);
  },
  /**
   * Fuzzes one part of the core for some seconds: `npm run fuzz -- <target> <seconds>`. Wants nightly Rust and
   * `cargo install cargo-fuzz`.
   */
  fuzz(target, seconds = '600') {
    // What it finds worth keeping goes to the first of these, which is not committed.
    const folders = ['corpus', 'seeds'].map((name) => path.join('fuzz', name, target));
    for (const folder of folders) fs.mkdirSync(path.join(root, folder), { recursive: true });
    const limits = [`-max_total_time=${seconds}`, '-timeout=20'];
    run('cargo', ['+nightly', 'fuzz', 'run', target, ...folders, '--', ...limits]);
  },
  /** Asks the databases of known holes about every dependency, and deny.toml about licences. Wants cargo-deny. */
  audit() {
    run('cargo', ['deny', 'check']);
    run('npm', ['audit', '--omit=dev']);
  },
  /** Runs tests over an addon whose memory AddressSanitizer watches. */
  sanitize: (...files) => run('node', ['scripts/sanitize.js', ...files]),
  /** Leaves the tarballs of the main package and of this platform's in artifacts/. */
  'pack:local'(triple = hostTriple()) {
    const tools = tasks.build(triple);
    // A machine without the toolchain still packs for machines like itself; a release does not (see release.yml).
    run('node', ['scripts/pack.js', ...(tools ? [] : ['--any-glibc']), triple]);
  },
  /** Tries the tarballs on every runtime, and in bundles. */
  matrix() {
    tasks['pack:local']();
    run('node', ['scripts/check-tarballs.js']);
    run('node', ['scripts/matrix.js']);
    run('node', ['scripts/bundlers.js']);
  },
  /** Builds for other platforms, and tries each there: `npm run platforms -- [--all] [name…]`. */
  platforms(...args) {
    setUp();
    run('node', ['scripts/platforms.js', ...args]);
  },
};

/** Installs the development dependencies where they are missing or out of date. */
function setUp() {
  const installed = modified('node_modules/.package-lock.json');
  if (installed < modified('package-lock.json')) {
    // Not `npm ci`, which wants the lock file to name the optional packages of every platform, other packages' included.
    // Its warnings are about the engines and ages of what others depend on.
    console.log('Installing the development dependencies.');
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  }
}

function build(options, env) {
  setUp();
  if (!fs.existsSync(path.join(root, 'build'))) {
    console.log('The first build compiles every dependency: about two minutes on two cores.');
  }
  const files = ['--js', 'binding.js', '--dts', 'binding.d.ts'];
  run('npx', ['napi', 'build', '--platform', ...files, ...options, '--', '--locked'], env);
}

function run(command, args, env) {
  console.log(`> ${[command, ...args].join(' ').slice(0, 120)}`);
  const shell = process.platform === 'win32';
  const { error, status, signal } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell,
    // What the user sets comes first, but for PATH, which the toolchain's begins.
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
 * The arguments for `cargo test` and for `node --test`, of which the second takes files whose path has `name` in it, or
 * else the tests whose title has it, in the files that mention it.
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
