/** The project's own files and what each imports, for the tests that hold rules over the whole tree. */
import { globSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import ts from 'typescript';
import type { ImportOf } from './import-table.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

const NOT_OURS = ['node_modules', '.git', '.cache', 'data', 'dist', 'coverage'];

/** Paths of the project's files that match a glob, relative to the root, with forward slashes. */
export function filesMatching(pattern: string): readonly string[] {
  return globSync(pattern, {
    cwd: ROOT,
    exclude: (name) => NOT_OURS.some((folder) => name === folder || name.startsWith(`${folder}/`)),
  })
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted();
}

export const SOURCE_FILES = filesMatching('**/*.ts').filter((path) => path.includes('/'));

export const readText = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');

export const lineCount = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

function toImport(from: string, specifier: string, typeOnly: boolean): ImportOf {
  if (!specifier.startsWith('.')) return { from, to: specifier, kind: 'package', typeOnly };
  return { from, to: posix.normalize(posix.join(posix.dirname(from), specifier)), kind: 'file', typeOnly };
}

const trees = new Map<string, ts.SourceFile>();

/** Each text is parsed once, however many rules look at it. */
function parsed(path: string, text: string): ts.SourceFile {
  const tree = trees.get(text) ?? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  trees.set(text, tree);
  return tree;
}

/** Every import of a source text: static, re-exporting, dynamic, and `import('…')` in types. */
export function importsOf(from: string, text: string): readonly ImportOf[] {
  const found: ImportOf[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      // `import { type A }` still loads the module at run time; only `import type` does not.
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      found.push(toImport(from, node.moduleSpecifier.text, typeOnly));
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      found.push(toImport(from, node.moduleSpecifier.text, node.isTypeOnly));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteralLike(argument)) found.push(toImport(from, argument.text, false));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal)) found.push(toImport(from, literal.text, true));
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed(from, text));
  return found;
}

export interface FunctionLength {
  readonly name: string;
  /** Lines of the function without those of functions inside it. */
  readonly lines: number;
}

/** How long each function of a source text is, nested functions counted for themselves. */
export function functionLengths(path: string, text: string): readonly FunctionLength[] {
  const found: FunctionLength[] = [];
  const file = parsed(path, text);
  const spanOf = (node: ts.Node): number =>
    file.getLineAndCharacterOfPosition(node.end).line -
    file.getLineAndCharacterOfPosition(node.getStart(file)).line +
    1;
  /** Visits a node and returns how many lines of nested functions it holds. */
  const visit = (node: ts.Node): number => {
    let inner = 0;
    ts.forEachChild(node, (child) => {
      inner += visit(child);
    });
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return inner;
    const span = spanOf(node);
    const name = node.name === undefined ? '(anonymous)' : node.name.getText(file);
    found.push({ name, lines: span - inner });
    return span <= 1 ? 0 : span - 1;
  };
  visit(file);
  return found;
}

/** Whether a source text reads `process.env`, or imports `env` or `process` to do so. */
export function readsEnvironment(path: string, text: string): boolean {
  if (!/\benv\b|node:process/.test(text)) return false;
  let reads = importsOf(path, text).some(({ to, typeOnly }) => to === 'node:process' && !typeOnly);
  const visit = (node: ts.Node): void => {
    const isAccess = ts.isPropertyAccessExpression(node) && node.name.text === 'env';
    reads ||= isAccess && ts.isIdentifier(node.expression) && node.expression.text === 'process';
    ts.forEachChild(node, visit);
  };
  visit(parsed(path, text));
  return reads;
}
