/** The import table as an ESLint rule, so that an editor says at once what the test over the tree would say later. */
import type { Rule } from 'eslint';
import { posix, relative, sep } from 'node:path';
import { importFault } from './import-table.ts';

interface Importing {
  readonly source?: { readonly type: string; readonly value?: unknown } | null;
  readonly importKind?: string;
  readonly exportKind?: string;
}

export const importRule: Rule.RuleModule = {
  meta: { type: 'problem', docs: { description: 'Hold the table of who may import whom' }, schema: [] },
  create(context) {
    const from = relative(context.cwd, context.filename).split(sep).join('/');
    const check = (node: Rule.Node): void => {
      const { source, importKind, exportKind } = node as unknown as Importing;
      if (typeof source?.value !== 'string') return;
      const isFile = source.value.startsWith('.');
      const fault = importFault({
        from,
        to: isFile ? posix.normalize(posix.join(posix.dirname(from), source.value)) : source.value,
        kind: isFile ? 'file' : 'package',
        typeOnly: importKind === 'type' || exportKind === 'type',
      });
      if (fault !== undefined) context.report({ node, message: fault });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
