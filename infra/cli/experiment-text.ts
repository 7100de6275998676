/** The report of an experiment as lines of text. */
import type { ArmReport, Estimate } from '../../domain/experiments/report.ts';
import type { ExperimentAnswer } from './experiment.ts';
import { renderTable, type Style } from './output.ts';

type Paint = (style: Style, text: string) => string;

const HEAD = ['arm', 'share', 'profiles', 'impressions', 'plays', 'plays per impression', 'difference'];

export function experimentLines({ shared, interleaved }: ExperimentAnswer, paint: Paint): string[] {
  if (interleaved !== null) {
    const { row, arms, profiles, plays, wins, preference } = interleaved;
    return [
      paint('bold', `row ${row}, shared by ${arms.a} and ${arms.b}: ${profiles} profiles played in it`),
      ...renderTable([
        ['arm', 'plays', 'wins'],
        [arms.a, String(plays.a), String(wins.a)],
        [arms.b, String(plays.b), String(wins.b)],
      ]),
      `leans to ${arms.a} by ${figure(preference)}`,
    ];
  }
  if (shared === null || shared.arms.length === 0) return [];
  const { arms, against, isBalanced, moved } = shared;
  return [
    ...renderTable([HEAD, ...arms.map((arm) => row(arm, arm.arm === against))]),
    ...(moved > 0 ? [paint('yellow', `${moved} profiles were in more than one arm`)] : []),
    ...(isBalanced
      ? []
      : [paint('red', 'profiles are not shared out as declared: do not trust the figures')]),
  ];
}

const row = (arm: ArmReport, isAgainst: boolean): string[] => [
  arm.arm,
  arm.expectedShare === null ? 'not declared' : arm.expectedShare.toFixed(3),
  String(arm.profiles),
  String(arm.impressions),
  String(arm.plays),
  figure(arm.playsPerImpression),
  isAgainst ? '' : figure(arm.difference),
];

const figure = (estimate: Estimate | null): string =>
  estimate === null
    ? 'not known'
    : `${estimate.value.toFixed(4)} (${estimate.low.toFixed(4)} to ${estimate.high.toFixed(4)})`;
