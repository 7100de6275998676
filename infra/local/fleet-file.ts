/** `<dataDir>/fleet-<name>.json`: the processes of one kind that were started on this machine, by pid. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import { commandLineOf, isSameProcess } from './process.ts';

export interface FleetMember {
  readonly pid: number;
  readonly command: readonly [string, ...string[]];
  /** Counted up over the life of the fleet: the newest has the highest. */
  readonly number: number;
  readonly startedAt: string;
  readonly log: string;
}

interface FleetFile {
  /** The process that looks after them. */
  readonly holder: number;
  readonly holderCommand: string;
  readonly members: readonly FleetMember[];
}

export interface FleetRecords {
  /** Those recorded that still run, oldest first. */
  readonly found: readonly FleetMember[];
  write(members: readonly FleetMember[]): void;
}

/** Throws SERVER_MISSING when another process looks after this fleet. */
export function openFleetFile(file: string): FleetRecords {
  const { holder, holderCommand, members } = read(file);
  if (holder !== process.pid && holderCommand !== '' && commandLineOf(holder) === holderCommand) {
    throw new MarqueeError('SERVER_MISSING', {
      server: 'The fleet',
      reason: `process ${holder} looks after it`,
      remedy: 'Stop that process first',
    });
  }
  const write = (now: readonly FleetMember[]): void => {
    mkdirSync(dirname(file), { recursive: true });
    const fresh = `${file}.${process.pid}`;
    const content: FleetFile = {
      holder: process.pid,
      holderCommand: commandLineOf(process.pid) ?? '',
      members: now,
    };
    writeFileSync(fresh, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    renameSync(fresh, file);
  };
  const found = members.filter(({ pid, command }) => isSameProcess(pid, command));
  write(found);
  return { found, write };
}

function read(file: string): FleetFile {
  const nobody = { holder: 0, holderCommand: '', members: [] };
  try {
    return { ...nobody, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<FleetFile>) };
  } catch {
    return nobody;
  }
}
