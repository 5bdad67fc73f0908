'use strict';

// Checks that the published JavaScript writes to nothing that belongs to others: not to `process`, to globals, to built-in objects,
// to Node's modules, or to what these objects hold. A program may have frozen them, and others depend on them.

const fs = require('fs');
const { builtinModules } = require('module');
const path = require('path');

const ts = require('typescript');

const root = path.join(__dirname, '..');
const TREES = ['index.js', 'lib', 'testing', 'doctor'];

// Writes that have to be, each with the reason.
const ALLOWED = {
  'doctor/cli.js: process.exitCode': 'the command is the program of its process',
  'testing/index.js: env[name]':
    'a platform for tests has its process reach it directly, as its documentation says',
  // No public function ends a stream at once: it would be read in a later turn of the event loop, which costs more than all the rest
  // of a response.
  ...Object.fromEntries(
    ['ended', 'endEmitted', 'destroyed', 'closed', 'closeEmitted'].map((name) => [
      `lib/request/response.js: state.${name}`,
      'a response has been read',
    ]),
  ),
};

// The functions that write to their first argument.
const WRITERS =
  /^(Object|Reflect)\.(assign|define(Property|Properties)|deleteProperty|freeze|seal|set|setPrototypeOf)$/;
const MODULES = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);

const config = ts.getParsedCommandLineOfConfigFile(
  path.join(root, 'tsconfig.json'),
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, ' '));
    },
  },
);
const files = TREES.flatMap(filesOf);
const program = ts.createProgram(
  files.map((file) => path.join(root, file)),
  config.options,
);
const checker = program.getTypeChecker();

function main() {
  const faults = files.flatMap(faultsOf);
  for (const fault of faults) console.error(fault);
  console.log(`${faults.length} writes go to what is not ours.`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function filesOf(tree) {
  if (tree.endsWith('.js')) return [tree];
  return fs
    .readdirSync(path.join(root, tree), { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => path.posix.join(tree, file));
}

function faultsOf(file) {
  const source = program.getSourceFile(path.join(root, file));
  const foreign = foreignIn(source);
  const faults = [];
  visit(source, (node) => {
    for (const target of targetsOf(node)) {
      const write = target.getText();
      if (isForeign(target, foreign) && !(`${file}: ${write}` in ALLOWED)) {
        const { line } = source.getLineAndCharacterOfPosition(target.getStart());
        faults.push(`${file}:${line + 1}: ${write} is not ours to write to`);
      }
    }
  });
  return faults;
}

/** Returns what a node writes to: members of objects, or whole objects that are passed to a function that writes to them. */
function targetsOf(node) {
  if (isAssignment(node)) {
    return isMember(node.left) ? [node.left] : [];
  }
  if (ts.isDeleteExpression(node)) return [node.expression];
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const isStep = [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(
      node.operator,
    );
    return isStep && isMember(node.operand) ? [node.operand] : [];
  }
  if (ts.isCallExpression(node) && WRITERS.test(node.expression.getText())) {
    return node.arguments.slice(0, 1);
  }
  return [];
}

const isAssignment = (node) =>
  ts.isBinaryExpression(node) && ts.isAssignmentOperator(node.operatorToken.kind);

const isMember = (node) =>
  ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);

/** Returns the variables of a file that hold what is not ours. */
function foreignIn(source) {
  const foreign = new Set();
  const bindings = [];
  visit(source, (node) => {
    if (ts.isVariableDeclaration(node)) bindings.push([node.name, node.initializer]);
    if (isAssignment(node) && ts.isIdentifier(node.left)) {
      bindings.push([node.left, node.right]);
    }
  });
  // A variable may lead to another, in any order.
  for (let before = -1; before !== foreign.size; ) {
    before = foreign.size;
    for (const [name, value] of bindings) {
      if (value && isForeign(value, foreign)) {
        for (const each of identifiersIn(name)) foreign.add(checker.getSymbolAtLocation(each));
      }
    }
  }
  return foreign;
}

function identifiersIn(name) {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (element.name ? identifiersIn(element.name) : []));
}

/** Returns whether an expression is something of others: a global, a module of Node's, a member of one, or a private member. */
function isForeign(node, foreign) {
  if (ts.isParenthesizedExpression(node)) return isForeign(node.expression, foreign);
  if (isMember(node)) {
    return node.name?.text.startsWith('_') || isForeign(node.expression, foreign);
  }
  if (ts.isCallExpression(node)) {
    const [name] = node.arguments;
    return node.expression.getText() === 'require' && MODULES.has(name?.text);
  }
  if (node.getText() === 'globalThis') return true;
  if (!ts.isIdentifier(node) || ['exports', 'module', 'undefined'].includes(node.text))
    return false;
  const symbol = checker.getSymbolAtLocation(node);
  const places = (symbol?.declarations || []).map((each) => each.getSourceFile());
  return (
    foreign.has(symbol) || (node.text in globalThis && !(places.length > 0 && places.every(isOurs)))
  );
}

function isOurs({ fileName }) {
  return files.includes(path.posix.relative(root, fileName));
}

function visit(node, work) {
  work(node);
  ts.forEachChild(node, (child) => visit(child, work));
}

main();
