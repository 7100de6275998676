/** The last generations that a process knew, on its disk, for a start while the object store is away. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMarqueeError } from '../../domain/errors.ts';
import { parseHistory, serialiseHistory, type GenerationHistory } from '../../domain/generations.ts';

export interface GenerationCopy {
  /** Undefined where there is none, or none that can be read. */
  read(): GenerationHistory | undefined;
  /** Throws what the file system says. */
  write(history: GenerationHistory): void;
}

export function openGenerationCopy(path: string): GenerationCopy {
  return {
    read() {
      try {
        return parseHistory(readFileSync(path, 'utf8'), path);
      } catch (error) {
        if (isMarqueeError(error) || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
        throw error;
      }
    },
    write(history) {
      mkdirSync(dirname(path), { recursive: true });
      const beside = `${path}.${process.pid}`;
      writeFileSync(beside, serialiseHistory(history));
      renameSync(beside, path);
    },
  };
}
