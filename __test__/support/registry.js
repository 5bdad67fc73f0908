'use strict';

// An npm registry on this machine, for tests that install this package as its users do: by name, from tarballs, in an empty
// folder. It serves this package as it is packed, with the addon of the current build, and what is installed below node_modules,
// so that it needs no network.

const { createHash } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');

const { packMainAlone } = require('../../scripts/pack');

const MODULES = path.join(__dirname, '../../node_modules');
// The unit of the tar format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
const BLOCK = 512;

/**
 * A version of a package.
 * @typedef {object} Version
 * @property {any} manifest
 * @property {() => Buffer} pack returns its tarball
 */

/**
 * Starts the registry.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
async function startRegistry() {
  /**
   * The versions of each package, by its name and by the names of their tarballs. Those of this package come last, and count.
   * @type {Map<string, Map<string, Version>>}
   */
  const served = new Map();
  for (const version of [...installed(MODULES), ...(await ours())]) {
    const { name } = version.manifest;
    served.set(name, (served.get(name) || new Map()).set(fileOf(version.manifest), version));
  }
  const server = http.createServer((request, response) => {
    const [name, file] = decodeURIComponent(request.url).slice(1).split('/-/');
    const versions = served.get(name);
    if (versions === undefined) {
      response.writeHead(404).end();
    } else if (file === undefined) {
      response.end(JSON.stringify(metadata(url, name, [...versions.values()])));
    } else {
      response.end(versions.get(file).pack());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  return {
    url,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Returns what a registry says of a package: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 * @param {string} registry
 * @param {string} name
 * @param {Version[]} versions
 */
function metadata(registry, name, versions) {
  const described = versions.map(({ manifest, pack }) => {
    const shasum = createHash('sha1').update(pack()).digest('hex');
    const dist = { tarball: `${registry}${name}/-/${fileOf(manifest)}`, shasum };
    return [manifest.version, { ...manifest, dist }];
  });
  return {
    name,
    'dist-tags': { latest: versions[0].manifest.version },
    versions: Object.fromEntries(described),
  };
}

/** Returns the name of a tarball. */
const fileOf = ({ name, version }) => `${name.split('/').pop()}-${version}.tgz`;

/**
 * Returns this package as it is packed, and its packages for the platforms. Only that for this platform has an addon.
 * @returns {Promise<Version[]>}
 */
async function ours() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'registry-'));
  try {
    const { main, platforms } = await packMainAlone(folder);
    const [file] = fs.readdirSync(folder);
    const packed = fs.readFileSync(path.join(folder, file));
    return [
      { manifest: main, pack: () => packed },
      ...platforms.map((manifest) => ({ manifest, pack: kept(() => platformTarball(manifest)) })),
    ];
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** @param {any} manifest */
function platformTarball(manifest) {
  // A build leaves the addon where an installation has it.
  const addon = path.join(MODULES, manifest.name, manifest.main);
  /** @type {Array<[name: string, content: Buffer]>} */
  const files = [['package.json', Buffer.from(JSON.stringify(manifest))]];
  if (fs.existsSync(addon)) files.push([manifest.main, fs.readFileSync(addon)]);
  return tarball(files);
}

/**
 * Returns the packages that are installed in a folder `node_modules`, and in theirs.
 * @param {string} modules
 * @returns {Version[]}
 */
function installed(modules) {
  if (!fs.existsSync(modules)) return [];
  return fs.readdirSync(modules).flatMap((name) => {
    const folder = path.join(modules, name);
    if (name.startsWith('@')) return installed(folder);
    const file = path.join(folder, 'package.json');
    if (name.startsWith('.') || !fs.existsSync(file)) return [];
    const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
    const pack = kept(() => tarball(contentOf(folder)));
    return [{ manifest, pack }, ...installed(path.join(folder, 'node_modules'))];
  });
}

/** Returns the files of an installed package, without the packages that are installed in it. */
function contentOf(folder, below = '') {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(below, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : contentOf(folder, name);
    return [[name, fs.readFileSync(path.join(folder, name))]];
  });
}

/**
 * Returns a function that makes its result once.
 * @template T
 * @param {() => T} make
 */
function kept(make) {
  /** @type {T | undefined} */
  let result;
  return () => {
    result ??= make();
    return result;
  };
}

/**
 * Returns a tarball in the ustar format, as npm packs them.
 * @param {Array<[name: string, content: Buffer]>} files
 */
function tarball(files) {
  const blocks = files.flatMap(([name, content]) => [
    header(`package/${name}`, content.length),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  // The addon of a debug build is large, and nobody keeps the tarball.
  return zlib.gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 1 });
}

/** @param {string} name @param {number} size */
function header(name, size) {
  const block = Buffer.alloc(BLOCK);
  // A name of more than 100 bytes is split at a slash.
  const slash = name.length > 100 ? name.indexOf('/', name.length - 101) : -1;
  block.write(name.slice(slash + 1), 0);
  if (slash > 0) block.write(name.slice(0, slash), 345);
  block.write('0000755\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        0', 148);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

module.exports = { startRegistry };
