import { isDeepStrictEqual } from 'node:util';
import type { ParityJob, ParityRun } from '../batch/parity/job.ts';
import { MarqueeError } from '../domain/errors.ts';
import type { Generation } from '../domain/ids.ts';
import type { ExclusionKind } from '../domain/parity/exclusions.ts';
import { differenceRecords, duplicateRecords, type QualityRecord } from '../domain/parity/report.ts';
import { afterRun, excluding, parityOver } from '../domain/parity/state.ts';
import type { ViewName } from '../domain/views.ts';
import type { ParityStore } from '../infra/parity/store.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';
import { reportStep } from './guard.ts';

/** What comparing the lanes needs. */
export interface LaneComparison {
  readonly job: ParityJob;
  readonly store: ParityStore;
  /** The log whose blocks are compared: views of another one are left alone. */
  readonly log: { readonly generation: Generation; readonly blockSize: number };
  readonly keptReports: number;
  /** Appends figures to `quality-metrics`; throws LOG_UNAVAILABLE. */
  readonly tell: (records: readonly QualityRecord[]) => Promise<void>;
  /** Raises the alert, and shows what is open. */
  readonly onRun: (run: ParityRun) => void;
}

export interface ReconcilingDeps {
  readonly views: Pick<ViewRepository, 'readPointer' | 'readManifest'>;
  /** Absent where nothing is compared. */
  readonly parity?: LaneComparison;
}

/** What one step of a comparison came to. */
export interface ComparedStep {
  readonly compared: number;
  readonly differing: number;
  readonly excluded: number;
  /** Finished blocks left to the next step. */
  readonly waiting: number;
  /** Differences that stand. */
  readonly open: number;
}

export interface ExclusionOrder {
  readonly name: string;
  readonly kind: ExclusionKind;
  /** Hours of event time that were corrected. */
  readonly fromMs: number;
  readonly toMs: number;
}

const NOTHING: ComparedStep = { compared: 0, differing: 0, excluded: 0, waiting: 0, open: 0 };

/** Activities that compare the lanes. What they tell is told again by a repeated try, under the same keys. */
export function createReconciling({ views, parity }: ReconcilingDeps) {
  return {
    /** Whether workers of this region compare lanes at all. */
    comparesLanes: (_: object): Promise<boolean> => Promise.resolve(parity !== undefined),

    /** Compares blocks below the cut of the current version that were not compared yet, as many as one step may. */
    async compareLanes({
      view,
      asOf,
      step,
    }: {
      view: ViewName;
      /** ISO instant: the same for every try. */
      asOf: string;
      step: number;
    }): Promise<ComparedStep> {
      const pointer = parity && (await views.readPointer(view));
      if (!pointer) return NOTHING;
      const manifest = await views.readManifest(view, pointer.version);
      const { log, store, job } = parity;
      if (manifest.generation !== log.generation || manifest.blockSize !== log.blockSize) return NOTHING;
      const state = parityOver(await store.read(), log);
      const run = await job.run(state, manifest, { asOf, onProgress: reportStep });
      const records = recordsOf(run, log.generation, Date.parse(asOf) + step);
      if (records.length > 0) await parity.tell(records);
      parity.onRun(run);
      await store.update((latest) => {
        const now = parityOver(latest, log);
        if (!isDeepStrictEqual(now.compared, state.compared))
          throw new MarqueeError('STATE_MOVED', {
            ...{ topic: 'parity', partition: 0 },
            actual: JSON.stringify(now.compared),
            expected: JSON.stringify(state.compared),
          });
        return afterRun(now, run, parity.keptReports);
      });
      const { compared, differing, excluded, waiting, open } = run.report;
      return { compared, differing: differing.length, excluded: excluded.length, waiting, open };
    },

    /** Names hours that a correction changed on purpose: their blocks are listed and not compared from now on. */
    async excludeFromParity({ name, kind, fromMs, toMs }: ExclusionOrder): Promise<void> {
      await parity?.store.update((state) =>
        excluding(parityOver(state, parity.log), { name, kind, touched: { fromMs, toMs } }),
      );
    },
  };
}

function recordsOf(run: ParityRun, generation: Generation, version: number): QualityRecord[] {
  return [
    ...run.open.flatMap((one) => differenceRecords(one, one.marker, { generation, version, holds: true })),
    ...run.settled.flatMap((one) =>
      differenceRecords(one, one.marker, { generation, version, holds: false }),
    ),
    ...duplicateRecords(run.report.duplicates, version),
  ];
}
