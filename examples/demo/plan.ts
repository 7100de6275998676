/** What the demo does, as plain data: worked out first, then performed by `perform.ts`. */

/** What publishes the side inputs, and the service that is asked about profiles. */
const FIRST = ['profiles', 'worker'] as const;
const REST = ['ingest', 'extract', 'speed', 'behaviour', 'audit', 'sink', 'serving'] as const;
/** In the order in which they are started. */
export const PROCESSES = [...FIRST, ...REST] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** The moments at which every title is held against the truth. */
export type CompareAt = 'mid-seam' | 'end' | 'restarted';

export type Step =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'servers' }
  | { readonly kind: 'processes'; readonly names: readonly ProcessName[] }
  | { readonly kind: 'side-inputs' }
  | { readonly kind: 'send'; readonly untilLine: number }
  /** With `meanwhileUntilLine`, sending goes on while Temporal recomputes and publishes. */
  | { readonly kind: 'refresh'; readonly number: number; readonly meanwhileUntilLine?: number }
  | {
      readonly kind: 'compare';
      readonly at: CompareAt;
      readonly lines: number;
      readonly mergedAtLeast: number;
    }
  | { readonly kind: 'restart'; readonly process: ProcessName }
  /** Temporal trains what Top Picks are made of. */
  | { readonly kind: 'train' }
  /** Somebody new watches three titles; last, since it adds to what the file says. */
  | { readonly kind: 'watch' };

export interface PlanOptions {
  readonly totalLines: number;
  /** Titles to which both lanes must contribute while the seam is in mid-stream. */
  readonly mergedAtLeast: number;
}

/** Where the first refresh begins, and where the stream pauses for the comparison in mid-seam. */
const FIRST_REFRESH_SHARE = 0.5;
const MID_SEAM_SHARE = 0.75;

/** The steps before the number of lines is known, and those after. */
export const SET_UP: readonly Step[] = [
  { kind: 'servers' },
  { kind: 'prepare' },
  { kind: 'processes', names: FIRST },
  { kind: 'side-inputs' },
  { kind: 'processes', names: REST },
];

export function planStream({ totalLines, mergedAtLeast }: PlanOptions): readonly Step[] {
  const middle = Math.floor(totalLines * FIRST_REFRESH_SHARE);
  const pause = Math.floor(totalLines * MID_SEAM_SHARE);
  return [
    { kind: 'send', untilLine: middle },
    { kind: 'refresh', number: 1, meanwhileUntilLine: pause },
    { kind: 'compare', at: 'mid-seam', lines: pause, mergedAtLeast },
    { kind: 'send', untilLine: totalLines },
    { kind: 'refresh', number: 2 },
    { kind: 'compare', at: 'end', lines: totalLines, mergedAtLeast: 0 },
    { kind: 'restart', process: 'serving' },
    { kind: 'compare', at: 'restarted', lines: totalLines, mergedAtLeast: 0 },
    { kind: 'train' },
    { kind: 'watch' },
  ];
}

const AT: Readonly<Record<CompareAt, string>> = {
  'mid-seam': 'in mid-stream',
  end: 'after the second refresh',
  restarted: 'after a restart of serving',
};

/** A step in a few words, for the live view. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'prepare':
      return 'fetching ratings and writing the event file';
    case 'servers':
      return 'starting Kafka, Temporal and the object store';
    case 'processes':
      return `starting ${step.names.join(', ')}`;
    case 'side-inputs':
      return 'registering contracts; Temporal publishes the catalogue and the pages';
    case 'send':
      return `sending up to line ${step.untilLine.toLocaleString('en-US')}`;
    case 'refresh':
      return `refresh ${step.number}: Temporal recounts the lake and publishes${step.meanwhileUntilLine === undefined ? '' : ', the stream goes on'}`;
    case 'compare':
      return `comparing every title with the file, ${AT[step.at]}`;
    case 'restart':
      return `restarting ${step.process}`;
    case 'train':
      return 'Temporal trains a model on the lake, holds it against popularity, and publishes it';
    case 'watch':
      return 'somebody new watches three titles';
  }
}
