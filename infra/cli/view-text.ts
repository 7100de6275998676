/** What is said of versions that an operator steers, and of those who serve them. */
import type { LedgerLine } from '../../domain/subscriber-status.ts';
import type { Trials } from '../hermes/canaries.ts';
import type { Steered } from '../hermes/steering.ts';

const DONE: Readonly<Record<Steered['action'], string>> = {
  pin: 'pinned',
  unpin: 'no longer pinned',
  'roll-back': 'rolled back',
};

/** One sentence for people. */
export function describeSteered({
  view,
  action,
  from,
  to,
  pinned,
  changed,
  dryRun,
  notified,
}: Steered): string {
  const serves = from === to ? `version ${to} serves on` : `version ${to} is served in place of ${from}`;
  if (dryRun) return `View ${view} would be ${DONE[action]}: ${serves}. Nothing was changed.`;
  if (!changed) return `View ${view} was that way already: ${serves}.`;
  const stays = action === 'roll-back' && pinned !== null ? ` The pin to ${pinned} stays.` : '';
  const told = notified ? '' : ' Subscribers were not told and will find out at their next look.';
  return `View ${view} is ${DONE[action]}: ${serves}.${stays}${told}`;
}

/** A line for what is on trial, and one for what the trial of the announced version came to. */
export function describeTrials({ candidate, canary }: Trials): string[] {
  const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
  return [
    ...(candidate === null
      ? []
      : [
          `version ${candidate.version} is on trial, on ${percent(candidate.share)} of profiles, until ${candidate.endsAt} at most`,
        ]),
    ...(canary === null ? [] : [`its trial: ${canary.outcome}, ${canary.reason}`]),
  ];
}

export const ledgerRow = (line: LedgerLine): string[] => [
  line.subscriber,
  line.standing,
  line.version === null ? 'nothing loaded' : `version ${line.version}`,
  `since ${line.loadedAt ?? '-'}`,
  lagText(line),
];

function lagText({ lagMs, loadLagMs }: LedgerLine): string {
  if (lagMs !== null && lagMs > 0) return `${Math.round(lagMs)} ms behind an announcement`;
  return loadLagMs === null ? '' : `loaded ${Math.round(loadLagMs)} ms after it was announced`;
}
