'use strict';

// Runs tests of the package with an addon that is built with AddressSanitizer, and runs LeakSanitizer when each process exits:
// `npm run sanitize -- [test files]`. Requires nightly Rust and GCC's runtime of the sanitizer, on Linux.
//
// Node itself is not built with the sanitizer, so the runtime is loaded before Node. Memory that Node itself leaks is not
// reported.

const { execFileSync, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const TARGET = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;

const FILES = [
  '__test__/token/tokens.test.js',
  '__test__/request/wire.test.js',
  '__test__/request/failures/fuzz_response.test.js',
  '__test__/binding/panic.test.js',
  '__test__/binding/lifecycle.test.js',
  '__test__/binding/soak.test.js',
];

const root = path.join(__dirname, '..');
const folder = path.join(root, 'build', 'asan');
const addon = path.join(folder, 'addon.node');
const report = path.join(folder, 'report');

function main() {
  const files = process.argv.length > 2 ? process.argv.slice(2) : FILES;
  build();
  for (const name of reports()) fs.rmSync(path.join(folder, name));
  const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...files], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NAPI_RS_NATIVE_LIBRARY_PATH: addon,
      LD_PRELOAD: execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim(),
      // V8 handles its own segmentation faults.
      ASAN_OPTIONS: `handle_segv=0:log_path=${report}`,
      // Leaks of Node itself are not failures; `mistakes` separates them from the addon's.
      LSAN_OPTIONS: 'exitcode=0:max_leaks=0',
    },
  });
  const found = reports().flatMap((name) =>
    mistakes(fs.readFileSync(path.join(folder, name), 'utf8')),
  );
  for (const mistake of found.slice(0, 20)) console.error(mistake);
  console.log(
    `${reports().length} reports of the sanitizer, ${found.length} mistakes of the addon`,
  );
  process.exit(status || (found.length > 0 ? 1 : 0));
}

/**
 * Returns the faults of the addon in a report: any error other than a leak, and leaks of memory that the addon itself has
 * allocated.
 */
function mistakes(report) {
  const parts = report.split(/\n\n/);
  const isLeak = (part) => /^(Direct|Indirect) leak/m.test(part);
  const allocates = (part) => {
    const frames = part.split('\n').filter((line) => /^ +#/.test(line));
    return frames
      .find((line) => !/libsanitizer|libasan/.test(line))
      ?.includes(path.basename(addon));
  };
  return report.includes('ERROR: AddressSanitizer')
    ? [report]
    : parts.filter((part) => isLeak(part) && allocates(part));
}

function build() {
  const options = ['--lib', '--crate-type', 'cdylib', '--locked', '--target', TARGET];
  const { status } = spawnSync(
    'cargo',
    // The addon uses the system's allocator, which the sanitizer replaces.
    ['+nightly', 'rustc', ...options, '--target-dir', folder, '--', '--cfg', 'system_allocator'],
    { cwd: root, stdio: 'inherit', env: { ...process.env, RUSTFLAGS: '-Zsanitizer=address' } },
  );
  if (status !== 0) process.exit(1);
  fs.copyFileSync(path.join(folder, TARGET, 'debug', 'libpusher_platform_native.so'), addon);
}

const reports = () => fs.readdirSync(folder).filter((name) => name.startsWith('report.'));

main();
