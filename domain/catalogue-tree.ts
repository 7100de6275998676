/** Series, seasons and episodes of a whole catalogue, held to their structure once every line was read. */
import { PARENT_KINDS, type CatalogueEntry, type TitleKind } from './catalogue.ts';
import type { TitleId } from './ids.ts';
import { LINE_RULES, type LineFaults } from './line-faults.ts';

interface Node {
  readonly line: number;
  readonly kind: TitleKind;
  readonly parentId: TitleId | null;
}

export interface CatalogueTree {
  add(line: number, entry: Pick<CatalogueEntry, 'titleId' | 'kind' | 'parentId'>): void;
  /** Adds what breaks the structure, in the order of the lines. */
  check(): void;
}

/**
 * Ids come once; every season hangs under a series, every episode under a season, films and series under nothing. Since
 * a parent is always of the kind above, a cycle is a parent of the wrong kind.
 */
export function createCatalogueTree(faults: LineFaults): CatalogueTree {
  const nodes = new Map<TitleId, Node>();

  function faultOf({ kind, parentId }: Node): string | undefined {
    const wanted = PARENT_KINDS[kind];
    if (wanted === null) return parentId === null ? undefined : `a ${kind} under ${parentId}`;
    if (parentId === null) return `the ${kind} has no parent`;
    const parent = nodes.get(parentId);
    if (parent === undefined) return `its parent ${parentId} is not in the catalogue`;
    return parent.kind === wanted
      ? undefined
      : `its parent ${parentId} is a ${parent.kind}, expected a ${wanted}`;
  }

  return {
    add(line, { titleId, kind, parentId }) {
      const twin = nodes.get(titleId);
      if (twin === undefined) nodes.set(titleId, { line, kind, parentId });
      else faults.add(line, LINE_RULES.keys, `title ${titleId} is on line ${twin.line} already`);
    },
    check() {
      for (const [id, node] of nodes) {
        const fault = faultOf(node);
        if (fault !== undefined) faults.add(node.line, LINE_RULES.orphans, `${node.kind} ${id}: ${fault}`);
      }
    },
  };
}
