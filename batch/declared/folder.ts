/** The folder that declares views. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { declarationFile, parseDeclaration, type DeclaredView } from '../../domain/declared-view.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { ViewName } from '../../domain/views.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { checkDeclared, type CheckedView } from './check.ts';

export interface DeclaredFolder {
  /** What can be read, by name, and what is wrong with the others: a sentence each that begins with the file's name. */
  read(): Promise<{ readonly views: readonly DeclaredView[]; readonly faults: readonly string[] }>;
  /** One of them as it is now. DECLARATION_NOT_FOUND, DECLARATION_INVALID. */
  find(view: ViewName): Promise<DeclaredView>;
  /** Whether a view of this name is made otherwise. */
  isReserved(view: string): boolean;
}

/** The read of a file failed, or it says something that it must not. */
class Fault extends Error {}

/** Without a folder nothing is declared. `reserved` are views that are made otherwise. */
export function createDeclaredFolder(dir: string | undefined, reserved: readonly ViewName[]): DeclaredFolder {
  const isReserved = (name: string): boolean => (reserved as readonly string[]).includes(name);

  async function parse(name: string): Promise<DeclaredView> {
    const file = declarationFile(name);
    const fail = (reason: string): never => {
      throw new Fault(`${file}: ${reason}`);
    };
    if (isReserved(name)) return fail('a view of this name is made otherwise');
    const text = await readFile(join(dir ?? '', file), 'utf8').catch((error: unknown) =>
      fail(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`),
    );
    return parseDeclaration(name, text, fail);
  }

  async function names(): Promise<readonly string[]> {
    if (dir === undefined) return [];
    const listed = await readdir(dir).catch((error: unknown) => {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new Fault(`MARQUEE_VIEWS_DIR: ${dir} cannot be read (${reason})`);
    });
    return listed.filter((file) => file.endsWith('.sql')).map((file) => file.slice(0, -'.sql'.length));
  }

  return {
    isReserved,
    async read() {
      const views: DeclaredView[] = [];
      const faults: string[] = [];
      try {
        for (const name of (await names()).toSorted()) {
          await parse(name).then(
            (view) => views.push(view),
            (error: unknown) => faults.push(faultOf(error)),
          );
        }
      } catch (error) {
        faults.push(faultOf(error));
      }
      return { views, faults };
    },
    async find(view) {
      const file = declarationFile(view);
      const known: readonly string[] = await names().catch(() => []);
      if (!known.includes(view)) throw new MarqueeError('DECLARATION_NOT_FOUND', { view, file });
      try {
        return await parse(view);
      } catch (error) {
        throw new MarqueeError('DECLARATION_INVALID', { faults: faultOf(error) });
      }
    },
  };
}

/** A declaration with what came of checking it. */
export interface CheckedDeclaration extends DeclaredView, CheckedView {}

/** Reads and checks all. Faults come together, so that one look mends them. */
export async function checkFolder(
  folder: DeclaredFolder,
  duckdb: DuckDb,
): Promise<{ readonly views: readonly CheckedDeclaration[]; readonly faults: readonly string[] }> {
  const { views, faults } = await folder.read();
  const checked: CheckedDeclaration[] = [];
  const found = [...faults];
  for (const declared of views) {
    const fail = (reason: string): never => {
      throw new Fault(`${declarationFile(declared.view)}: ${reason}`);
    };
    await checkDeclared(duckdb, declared, fail).then(
      (one) => checked.push({ ...declared, ...one }),
      (error: unknown) => found.push(faultOf(error)),
    );
  }
  return { views: checked, faults: found };
}

function faultOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  throw error;
}
