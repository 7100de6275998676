/** The peer of our ALS: implicit, a C++ library with a Python face, out of wheels pinned by hash, in a folder of its own. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import { loadLocalConfig } from '../../infra/config.ts';
import { faultLine, runProgram } from '../../infra/local/programs/find.ts';
import { findPython } from '../../infra/local/programs/prerequisites.ts';
import { ensureSealed } from '../../infra/local/programs/sealed-folder.ts';

/** Where the peer's programs and its requirements are. */
export const IMPLICIT_SOURCE = join(import.meta.dirname, '../peers/implicit');
const REQUIREMENTS = join(IMPLICIT_SOURCE, 'requirements.txt');
const INSTALL_TIMEOUT_MS = 10 * 60_000;

export interface InstalledImplicit {
  readonly python: string;
  /**
   * For the peer's processes. Its BLAS has one thread, as its authors ask for: the library brings threads of its own. No
   * bytecode is written, since the folder is sealed.
   */
  readonly environment: Readonly<Record<string, string>>;
}

/** Throws SERVER_MISSING where there is no Python, or no wheels for it. */
export async function installImplicit(say: (line: string) => void): Promise<InstalledImplicit> {
  const { local, searchPath } = loadLocalConfig();
  const python = await findPython(searchPath);
  if (python.program === undefined) throw missing(python.fault ?? 'Python is not usable', python.remedy);
  const { program } = python;
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const dir = await ensureSealed({
    dir: join(local.cacheDir, `implicit-${python.version ?? 'python'}-${digest}`),
    async fill(into) {
      say('implicit: installing');
      const { ok, output } = await runProgram(
        program,
        [
          ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'],
          ...['--only-binary=:all:', '--require-hashes', '--target', into, '--requirement', REQUIREMENTS],
        ],
        { timeoutMs: INSTALL_TIMEOUT_MS },
      );
      if (!ok)
        throw missing(`it cannot be installed (${faultLine(output)})`, 'It needs Python 3.11, 3.12 or 3.13');
    },
  });
  return {
    python: program,
    environment: { PYTHONPATH: dir, PYTHONDONTWRITEBYTECODE: '1', OPENBLAS_NUM_THREADS: '1' },
  };
}

const missing = (reason: string, remedy: string): MarqueeError =>
  new MarqueeError('SERVER_MISSING', { server: 'The peer implicit', reason, remedy });
