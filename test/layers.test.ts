/** The layers of the program, checked over the import statements and the globals of every file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

/** What each layer may import of ours. A file directly in `shared/` is a layer of its own. */
const mayImport: Record<string, readonly string[]> = {
  domain: ['domain', 'words'],
  shell: [],
  deployment: [],
  observation: ['domain', 'words'],
  words: [],
  'localized-error': ['words'],
  'evidence-labels': ['words'],
  rule: ['observation', 'domain', 'words'],
  evaluate: ['observation', 'rule', 'words'],
  report: ['observation', 'rule', 'evaluate', 'words', 'evidence-labels', 'deployment'],
  'scan-report': ['words'],
  compare: ['report'],
  mutes: ['report'],
  'mutes-file': ['mutes', 'words', 'localized-error'],
  'merge-reports': ['rule', 'report', 'words'],
  'fold-reports': ['rule', 'report', 'merge-reports', 'words'],
  'organization-settings': [],
  'member-templates': ['capture', 'collect', 'organization-settings'],
  'refused-setting': ['words', 'localized-error'],
  settings: [
    'rule',
    'report',
    'observation',
    'domain',
    'deployment',
    'words',
    'localized-error',
    'refused-setting',
  ],
  'google-settings': ['collect', 'words', 'refused-setting'],
  'google-canary': ['schema-issues', 'words', 'localized-error'],
  'schema-issues': [],
  rules: ['observation', 'rule', 'domain', 'shell', 'words', 'rules'],
  explain: ['domain', 'shell', 'rule', 'words', 'explain'],
  render: ['report', 'scan-report', 'words', 'explain', 'render'],
  collect: ['observation', 'domain', 'settings', 'words', 'localized-error', 'collect'],
  deliver: ['report', 'render', 'settings', 'deployment', 'words', 'localized-error', 'deliver'],
  capture: ['observation', 'domain', 'deployment', 'words', 'localized-error', 'collect', 'capture'],
};
const sharedLayers = Object.keys(mayImport);

/** Layers that may not reach the network, the clock, the environment or chance. */
const reachingOut = new Set(['collect', 'deliver', 'capture']);
const pure = new Set(sharedLayers.filter((layer) => !reachingOut.has(layer)));
const pureModules = new Set(['node:crypto', 'node:util', 'node:buffer', 'node:url', 'zod/mini', 'yaml']);
const renderModules = /^(preact(\/|-render-to-string|$)|string-width$)/;
/** Parts of modules that otherwise reach out, and parts of pure ones that draw lots. */
const pureNames: Record<string, RegExp> = { 'node:net': /^(isIP|isIPv4|isIPv6|BlockList|SocketAddress)$/ };
const impureNames: Record<string, RegExp> = { 'node:crypto': /^(random|generate)/ };
/** What even those that reach out leave to `functions`: the environment, the arguments, and making clients. */
const onlyFunctions = /^(process\.(env|argv|exit|exitCode|std\w+)|new Client)$/;
const impureGlobals = new Set([
  'process',
  'fetch',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
]);

interface Import {
  module: string;
  names: string[];
}

function layerOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'shared' ? second.replace(/\.tsx?$/, '') : top;
}

/** One line for each import or global that the layer of the file must not touch. */
function complaints(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const layer = layerOf(path);
  if (path.startsWith('shared/') && !sharedLayers.includes(layer))
    return [`${path} belongs to no layer: add "${layer}" to the table of this test, or move the file`];
  const lines = importsOf(file).flatMap((item) => forbiddenImport(path, layer, item));
  if (!path.startsWith('shared/')) return lines;
  const touched = globalsOf(file).filter(({ name }) => pure.has(layer) || onlyFunctions.test(name));
  return [
    ...lines,
    ...touched.map(({ name, line }) => `${path}:${line} touches ${name}, which ${layer} may not`),
  ];
}

function forbiddenImport(path: string, layer: string, { module, names }: Import): string[] {
  if (!module.startsWith('.'))
    return pure.has(layer) && !isPure(layer, module, names)
      ? [`${path} imports ${module}: ${layer} may not reach outside of the program`]
      : [];
  const target = posix.join(posix.dirname(path), module);
  const other = layerOf(target);
  const line = `${path} imports ${target}: ${layer} may not import ${other}`;
  if (layer in mayImport) return mayImport[layer]?.includes(other) ? [] : [line];
  if (layer === 'test' || layer === 'scripts' || other === layer) return [];
  const demo = path.startsWith('functions/cli/demo/') && other === 'test';
  return target.startsWith('shared/') || !target.includes('/') || demo ? [] : [line];
}

function isPure(layer: string, module: string, names: string[]): boolean {
  if (pureNames[module]) return names.length > 0 && names.every((name) => pureNames[module]?.test(name));
  if (names.some((name) => impureNames[module]?.test(name))) return false;
  return pureModules.has(module) || (layer === 'render' && renderModules.test(module));
}

function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  visit(file, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
      found.push({ module: textOf(node.moduleSpecifier), names: namesOf(node) });
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      found.push({ module: textOf(node.arguments[0]), names: [] });
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      found.push({ module: textOf(node.argument.literal), names: [] });
  });
  return found;
}

function textOf(node: ts.Node | undefined): string {
  return node && ts.isStringLiteralLike(node) ? node.text : 'a computed module';
}

function namesOf(node: ts.ImportDeclaration | ts.ExportDeclaration): string[] {
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause;
  if (!bindings || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return [];
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

/** Uses of the clock, the environment, chance and the network that need no import; and clients made in place. */
function globalsOf(file: ts.SourceFile): { name: string; line: number }[] {
  const found: { name: string; line: number }[] = [];
  visit(file, (node) => {
    const name = globalIn(node);
    if (name) found.push({ name, line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  });
  return found;
}

function globalIn(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node)) return madeBy(node);
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText();
    return text === 'Date.now' || text === 'Math.random' ? text : undefined;
  }
  if (!ts.isIdentifier(node) || !impureGlobals.has(node.text)) return undefined;
  const { parent } = node;
  const isOwnName =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node);
  if (isOwnName) return undefined;
  return ts.isPropertyAccessExpression(parent) && node.text === 'process' ? parent.getText() : node.text;
}

function madeBy({ expression, arguments: given }: ts.NewExpression): string | undefined {
  const name = expression.getText();
  if (name === 'Date' && !given?.length) return 'new Date()';
  return /Client$/.test(name) ? 'new Client' : undefined;
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

const files = ['shared', 'functions', 'infra', 'test', 'scripts']
  .filter((top) => existsSync(top))
  .flatMap((top) => readdirSync(top, { recursive: true, encoding: 'utf8' }).map((name) => `${top}/${name}`))
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.tsx?$/.test(path));

describe('the layers', () => {
  it.each(files)('%s keeps to its layer', (path) => {
    expect(complaints(path, readFileSync(path, 'utf8'))).toEqual([]);
  });

  it.each([
    ['shared/domain/arn.ts', "import type { Report } from '../report.ts'", /domain may not import report/],
    ['shared/rules/eks/a.ts', "import { collectAws } from '../../collect/aws/account.ts'", /rules may not/],
    ['shared/rules/eks/a.ts', "import { STSClient } from '@aws-sdk/client-sts'", /outside of the program/],
    ['shared/rules/eks/a.ts', "import { connect } from 'node:net'", /outside of the program/],
    ['shared/rules/eks/a.ts', "import { randomUUID } from 'node:crypto'", /outside of the program/],
    ['shared/rules/eks/a.ts', 'const now = Date.now()', /:1 touches Date\.now/],
    ['shared/rules/eks/a.ts', 'const now = new Date()', /touches new Date\(\)/],
    ['shared/render/text.ts', 'const color = process.env.NO_COLOR', /touches process/],
    ['shared/render/text.ts', "export { sh } from '../shell.ts'", /render may not import shell/],
    ['shared/collect/aws/a.ts', 'const region = process.env.AWS_REGION', /touches process\.env/],
    ['shared/collect/aws/a.ts', 'const client = new EKSClient({})', /touches new Client/],
    ['shared/deliver/a.ts', "import { main } from '../../functions/cli/main.ts'", /deliver may not import/],
    ['shared/evaluate.ts', "const rules = await import('./rules/index.ts')", /evaluate may not import rules/],
    ['shared/helpers.ts', '', /belongs to no layer/],
    ['infra/app.ts', "import { handler } from '../functions/audit.ts'", /infra may not import functions/],
    [
      'functions/audit.ts',
      "import { startCloud } from '../test/cloud/start.ts'",
      /functions may not import test/,
    ],
  ])('refuses %s: %s', (path, source, complaint) => {
    expect(complaints(path, source).join('\n')).toMatch(complaint);
  });

  it.each([
    ['shared/domain/ip.ts', "import { BlockList, isIP } from 'node:net'"],
    ['shared/rules/eks/a.ts', 'const time = new Date(given.time); const { now } = given; given.process'],
    ['shared/collect/aws/a.ts', "import type { STSClient } from '@aws-sdk/client-sts'; Date.now()"],
    ['shared/deliver/a.ts', "if (process.platform === 'win32') setTimeout(stop, 1)"],
    ['shared/render/html.tsx', "import { render } from 'preact-render-to-string'"],
    ['functions/cli/demo/demo-clouds.ts', "await import('../../../test/cloud/start.ts')"],
  ])('accepts %s: %s', (path, source) => {
    expect(complaints(path, source)).toEqual([]);
  });
});
