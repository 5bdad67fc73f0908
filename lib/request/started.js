'use strict';

// Reads how Node was started, as far as only its own client follows it: its options, how it was built, and the configuration of its
// OpenSSL. This is read when the package is loaded: Node has followed it by then, and files and variables may change.

const fs = require('fs');

// Options that only Node's own client follows. `--tls-cipher-list` is not among them: it shows in `tls.DEFAULT_CIPHERS`, and the
// test runner of Node 24 passes it to each of its processes, with Node's default.
const FOLLOWED = [
  'dns-result-order',
  'enable-fips',
  'force-fips',
  'insecure-http-parser',
  'openssl-config',
  'openssl-shared-config',
  'tls-keylog',
  'trace-tls',
  'use-openssl-ca',
];

// The folder of OpenSSL's configuration that Node's own OpenSSL is compiled with.
/** @type {Record<string, string>} */
const FOLDERS = {
  win32: 'C:\\Program Files\\Common Files\\SSL',
  darwin: '/System/Library/OpenSSL',
};
const FOLDER = '/etc/ssl';
// Those of the distributions, whose Node uses their OpenSSL. Nothing tells which of them it is.
const SHARED_FOLDERS = [
  FOLDER,
  '/usr/lib/ssl',
  '/etc/pki/tls',
  '/usr/local/ssl',
  '/usr/local/etc/openssl@3',
  '/opt/homebrew/etc/openssl@3',
];
// Included files are read up to this depth. A file that includes itself is beyond it.
const DEEPEST = 8;

/**
 * The text of the certificates that Node was told to trust in addition, or undefined if there are none. Node itself warns of a file
 * that it cannot read.
 */
exports.extraCertificates = extraCertificates();

/** @param {any} error what somebody else has thrown */
exports.textOf = (error) => {
  try {
    return String(error?.message || error);
  } catch {
    return 'an unknown error';
  }
};

/** Whether this is Node itself: Bun and Deno have none of these options and none of this configuration. */
exports.isNode = isNode();

/** Why calls go through Node's client, or undefined if nothing of this needs it. @type {string | undefined} */
exports.reasonOfStart = exports.isNode ? reasonOfStart() : undefined;

function extraCertificates() {
  try {
    const file = process.env.NODE_EXTRA_CA_CERTS;
    return file ? fs.readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

function isNode() {
  try {
    const { bun, deno } = /** @type {any} */ (process.versions);
    return !bun && !deno;
  } catch {
    return true;
  }
}

function reasonOfStart() {
  try {
    const { execArgv, env } = process;
    const flags = [...execArgv, ...(env.NODE_OPTIONS ? env.NODE_OPTIONS.split(/\s+/) : [])];
    const flag = flags.map(nameOf).find((name) => FOLLOWED.includes(name));
    if (flag !== undefined) {
      return `--${flag} is on`;
    }
    // OpenSSL has read this when Node started.
    return env.OPENSSL_CONF ? 'OPENSSL_CONF is set' : reasonOfBuild(flags.map(nameOf));
  } catch (error) {
    return `it cannot be read how Node was started: ${exports.textOf(error)}`;
  }
}

/**
 * Returns the name of an option. Node takes underscores in place of hyphens, and quotes in NODE_OPTIONS.
 * @param {string} option
 */
function nameOf(option) {
  return option.replace(/^"?--|[="].*$/g, '').replace(/_/g, '-');
}

/** @param {string[]} flags */
function reasonOfBuild(flags) {
  /** @type {any} */
  const { target_defaults: defaults, variables } = process.config;
  /** @type {string[]} */
  const defines = defaults.defines || [];
  const trustsSystem = defines.includes('NODE_OPENSSL_CERT_STORE');
  if (trustsSystem && !flags.includes('use-bundled-ca')) {
    return 'this Node is built to trust the certificates of the system';
  }
  if (variables.openssl_system_ca_path) {
    return `this Node is built to trust the certificates in ${variables.openssl_system_ca_path}`;
  }
  const [, section = 'openssl_conf'] =
    defines.map((each) => /^NODE_OPENSSL_CONF_NAME=(\w+)/.exec(each) || []).find(([all]) => all) ||
    [];
  const folders = variables.node_shared_openssl
    ? SHARED_FOLDERS
    : [FOLDERS[process.platform] || FOLDER];
  return folders.map((folder) => reasonInFile(`${folder}/openssl.cnf`, section)).find(Boolean);
}

/**
 * Returns why a configuration of OpenSSL leaves calls to Node's client, or undefined if the file is not there or sets nothing.
 * @param {string} file
 * @param {string} section the name under which this Node looks for its settings
 */
function reasonInFile(file, section) {
  try {
    return setsNothing(linesOf(file, section, 0), section)
      ? undefined
      : `${file} configures OpenSSL`;
  } catch (/** @type {any} */ error) {
    const isMissing = error?.code === 'ENOENT' || error?.code === 'ENOTDIR';
    return isMissing ? undefined : `${file} cannot be read: ${exports.textOf(error)}`;
  }
}

/**
 * Returns the lines of a configuration without comments, and those of the files that it includes:
 * https://docs.openssl.org/3.0/man5/config/
 * @param {string} file
 * @param {string} section the name that is looked for
 * @param {number} depth
 * @returns {string[]}
 */
function linesOf(file, section, depth) {
  if (depth > DEEPEST) {
    throw new Error('Too many files include each other');
  }
  const text = fs.readFileSync(file, 'utf8');
  // Nearly all files are done with here, so that loading this package need not split them.
  if (depth === 0 && !text.includes(section) && !/^[ \t]*\.include|\\\r?$/m.test(text)) {
    return [];
  }
  return text
    .replace(/\\\r?\n/g, '')
    .split('\n')
    .flatMap((line) => {
      const plain = line.replace(/#.*/, '').trim();
      const [, included] = /^\.include\s*=?\s*(.+)$/.exec(plain) || [];
      return included === undefined ? plain : includedLines(included, section, depth);
    });
}

/** @param {string} included @param {string} section @param {number} depth */
function includedLines(included, section, depth) {
  if (!/^\/[/\w.@-]*$/.test(included)) {
    throw new Error(`It includes ${included}`);
  }
  // A file that is not there is left out, as by OpenSSL.
  if (!fs.existsSync(included)) {
    return [];
  }
  const files = fs.statSync(included).isDirectory()
    ? fs.readdirSync(included).map((name) => `${included}/${name}`)
    : [included];
  return files.flatMap((each) => linesOf(each, section, depth + 1));
}

/**
 * Returns whether a configuration sets nothing for this Node: it does not name a section for it, or this section is empty, or has
 * nothing but the default provider, as in the file that OpenSSL installs.
 * @param {string[]} lines
 * @param {string} name
 */
function setsNothing(lines, name) {
  /** @type {Map<string, Array<[key: string, value: string]>>} */
  const sections = new Map();
  /** @type {string[]} */
  const named = [];
  let current = 'default';
  for (const line of lines) {
    const [, header] = /^\[\s*(.*?)\s*\]/.exec(line) || [];
    const [, key, value] = /^([^=]*?)\s*=\s*(.*)$/.exec(line) || [];
    if (header !== undefined) {
      current = header;
    } else if (key !== undefined) {
      // A key may begin with the name of another section.
      if (key.replace(/^.*::\s*/, '') === name) {
        named.push(value);
      }
      sections.set(current, [...(sections.get(current) || []), [key, value]]);
    }
  }
  // The name of a section may be quoted, or a variable: such a name is not looked up.
  const has = (/** @type {string} */ section) =>
    /^\w+$/.test(section) ? sections.get(section) || [] : [[section, '']];
  return named.every((section) =>
    has(section).every(
      ([key, value]) =>
        key === 'providers' &&
        has(value).every(([provider, its]) => provider === 'default' && has(its).length === 0),
    ),
  );
}
