'use strict';

// Compares both packages where the machine or the build of Node has decided about TLS: by a configuration of OpenSSL, or by the
// certificates that Node is built to trust.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, test } = require('node:test');

const { compareAll } = require('./compare');
const { answer, compare } = require('../request/failures/support');
const { run } = require('../support/child');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openssl-'));
after(() => fs.rmSync(folder, { recursive: true }));

function file(name, text) {
  const place = path.join(folder, name);
  fs.writeFileSync(place, text);
  return place;
}

// The keys of the server are too short for this level.
const STRICT =
  '[strict]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n[all]\nCipherString = DEFAULT@SECLEVEL=4\n';
const isStrictly = ({ decides = true, ...rest }) => ({ decides, ...rest });

/** What /etc/ssl/openssl.cnf contains, and whether Node follows it. */
const CONFIGURATIONS = {
  'a section for Node': isStrictly({ text: `nodejs_conf = strict\n${STRICT}` }),
  'a section for Node whose name is a variable': isStrictly({
    text: `name = strict\nnodejs_conf = $name\n${STRICT}`,
  }),
  'a section for Node in a file that is included': isStrictly({
    text: `.include ${file('included.cnf', `nodejs_conf = strict\n${STRICT}`)}\n`,
  }),
  'a section for Node in a folder that is included': isStrictly({
    text: `.include ${path.dirname(file('included.cnf', `nodejs_conf = strict\n${STRICT}`))}\n`,
  }),
  'a section for all programs, with --openssl-shared-config': isStrictly({
    text: `openssl_conf = strict\n${STRICT}`,
    args: ['--openssl-shared-config'],
  }),
  'a section for all programs': { text: `openssl_conf = strict\n${STRICT}` },
  'a section for Node in a comment': {
    text: `# nodejs_conf = strict\n#.include /nowhere\n${STRICT}`,
  },
  'an empty section for Node': { text: 'nodejs_conf = none\n[none]\n' },
  'the default provider': {
    text: 'nodejs_conf = init\n[init]\nproviders = list\n[list]\ndefault = one\n[one]\n# activate = 1\n',
  },
  'an included file that is not there': { text: '.include /nowhere/at/all.cnf\n' },
};

const canMount =
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/etc/ssl']).status === 0;

/** Returns whether a fault is more than another number of a thread, with which OpenSSL's messages begin. */
function isMoreThanThread(fault) {
  const [mine, theirs] = fault
    .replace(/[0-9A-F]{8,16}(?=:error:)/g, 'THREAD')
    .split('\n  where the original printed ');
  return mine !== `printed ${theirs}`;
}

for (const [name, { text, decides = false, args }] of Object.entries(CONFIGURATIONS)) {
  test(`openssl.cnf has ${name}`, { skip: !canMount && 'wants to mount' }, async () => {
    const configuration = file('openssl.cnf', text);
    const mounted = `mount -t tmpfs none /etc/ssl; cp ${configuration} /etc/ssl/openssl.cnf; exec "$@"`;
    const before = ['unshare', '--mount', 'sh', '-ec', mounted, 'sh'];
    // With a prelude, the outcomes of ours are compared wherever the program of the original ends.
    const each = { name, args, before, prelude: '', mayUseNode: decides };
    await compareAll([each], process.execPath, (_case, faults) =>
      assert.deepEqual(faults.filter(isMoreThanThread), []),
    );
    const script =
      "console.log(JSON.stringify(require('./lib/request/choice').reasonForNode()||0))";
    const command = [...before, process.execPath, ...(args || []), '-e', script];
    const { stdout } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
    assert.equal(JSON.parse(stdout) !== 0, decides, stdout);
  });
}

/** What a build of Node shows of itself, and why its client sends all calls. */
const BUILDS = {
  'to trust the system': [
    { defines: ['NODE_OPENSSL_CERT_STORE'] },
    'this Node is built to trust the certificates of the system',
  ],
  'to trust the system, and told not to': [
    { defines: ['NODE_OPENSSL_CERT_STORE'] },
    null,
    '--use-bundled-ca',
  ],
  'to trust a file of the system': [
    { openssl_system_ca_path: '/etc/some.pem' },
    'this Node is built to trust the certificates in /etc/some.pem',
  ],
  'so that nothing can be read of it': [undefined, /^it cannot be read how Node was started: /],
};

for (const [name, [build, reason, ...execArgv]] of Object.entries(BUILDS)) {
  test(`a Node that is built ${name}`, async () => {
    const program = `
      const build = ${JSON.stringify(build)};
      const config = build && {
        target_defaults: { ...process.config.target_defaults, defines: [...process.config.target_defaults.defines, ...(build.defines || [])] },
        variables: { ...process.config.variables, ...build },
      };
      Object.defineProperty(process, 'config', { value: config });
      const { reasonForNode } = require('./lib/request/choice');
      console.log(JSON.stringify(reasonForNode() || null));`;
    const { json } = await run(program, { execArgv });
    if (reason instanceof RegExp) assert.match(json, reason);
    else assert.equal(json, reason);
  });
}

const get = ({ client }) => client().request({ path: 'path' });

compare(
  '--insecure-http-parser',
  [
    {
      name: 'lets a length beside a transfer coding pass',
      call: get,
      peers: [
        answer(
          'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
        ),
      ],
    },
    {
      name: 'lets a control character in a header pass',
      call: get,
      peers: [answer('HTTP/1.1 200 OK\r\nA: b\x01c\r\nContent-Length: 2\r\n\r\nok')],
    },
  ],
  { execArgv: ['--insecure-http-parser'] },
);
