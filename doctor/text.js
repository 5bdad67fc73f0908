'use strict';

// Prints the report of the doctor as plain text, a fact a line.

const TRANSPORTS = { native: 'natively, by the addon', node: "through Node's own https" };

/**
 * @param {any} report
 * @returns {string}
 */
exports.asText = (report) => {
  const { version, addon, node, calls, proxies, certificates, ca, reached, works } = report;
  /** @type {Array<[string, string]>} */
  const lines = [
    ['package', `pusher-platform-native ${version}`],
    ...addonLines(addon),
    ['node', `${node.version} for ${node.platform} ${node.arch}, with OpenSSL ${node.openssl}`],
  ];
  if (calls) {
    lines.push(['calls are sent', calls.error || howSent(calls)]);
  }
  const set = Object.entries(proxies).map(([name, value]) => `${name}=${value}`);
  lines.push(['proxies', set.join(', ') || 'none']);
  lines.push(...certificateLines(certificates));
  if (ca) {
    lines.push(['ca', `${ca.file}: ${ca.error || counted(ca.certificates)}`]);
  }
  if (reached) {
    lines.push(...reachedLines(reached));
  }
  lines.push(['verdict', works ? 'calls can work' : 'calls cannot work: see above']);
  return lines.map(([name, text]) => `${name}: ${text}\n`).join('');
};

/** @param {{ transport: string, reason?: string }} call */
function howSent({ transport, reason }) {
  return `${TRANSPORTS[/** @type {'native'} */ (transport)]}${reason ? `: ${reason}` : ''}`;
}

/** @param {number} certificates */
function counted(certificates) {
  return certificates === 1 ? '1 certificate' : `${certificates} certificates`;
}

/** @param {any} addon @returns {Array<[string, string]>} */
function addonLines({ error, file, package: name, sha256, build, isAsBuilt }) {
  if (error) {
    return [['addon', error]];
  }
  return [
    ['addon', file.endsWith('.wasm') ? `none; the WebAssembly module serves: ${file}` : file],
    ['of', name || 'no package'],
    ['sha256', `${sha256}, ${verdictOn(isAsBuilt)}`],
    ...(build ? [/** @type {[string, string]} */ (['built from', builtFrom(build)])] : []),
  ];
}

/** @param {boolean | null} isAsBuilt */
function verdictOn(isAsBuilt) {
  if (isAsBuilt === null) {
    return 'with no build.json beside it to compare with';
  }
  return isAsBuilt
    ? 'as in build.json'
    : 'which is NOT that of build.json: install the package again';
}

/** @param {any} build */
function builtFrom({ commit, profile, tools = [] }) {
  const source = commit ? `commit ${commit}` : 'files that were not committed';
  return `${source} (${[profile, ...tools].join(', ')})`;
}

/** @param {any} certificates @returns {Array<[string, string]>} */
function certificateLines({ bundled, trusted, extra, areChecked }) {
  const roots = trusted === null ? `${bundled} of Node's own` : `${trusted} trusted`;
  const added = extra && (extra.error || counted(extra.certificates));
  return [
    ['certificates', areChecked ? roots : 'NOT CHECKED: NODE_TLS_REJECT_UNAUTHORIZED is 0'],
    ...(extra ? [/** @type {[string, string]} */ (['added by', `${extra.file}: ${added}`])] : []),
  ];
}

/** @param {any} reached @returns {Array<[string, string]>} */
function reachedLines({ host, port, proxy, package: ours, node }) {
  return [
    ['host', `${host}, port ${port}${proxy ? `, through the proxy ${proxy}` : ''}`],
    ['this package', outcome(ours)],
    ['this call was sent', howSent(ours)],
    .../** @type {Array<[string, string]>} */ (
      Object.entries(node).map(([step, each]) => [`node ${step}`, outcome(each)])
    ),
  ];
}

/** @param {any} outcome */
function outcome({ ms, detail, error, advice }) {
  return error
    ? `FAILED: ${error}${advice ? `. ${advice}` : ''}`
    : `${ms} ms${detail ? `, ${detail}` : ''}`;
}
