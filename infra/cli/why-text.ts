/** Why a title is on a page or is not, for people. */
import type { WhyAnswer } from './why.ts';

type Reason = WhyAnswer['reasons'][number];

const RULES: Readonly<Record<Reason['rule'], string>> = {
  'unknown-title': 'the catalogue does not have it',
  unavailable: 'it may not be shown there now',
  disliked: 'the profile rated it down',
  finished: 'the profile has finished it',
  'under-way': 'the profile is watching it: it stands in Continue Watching alone',
  abandoned: 'the profile gave it up',
  capped: 'it was shown too often of late',
  'below-minimum-activity': 'too few watched it for this row',
  'not-a-candidate': 'nothing made it a candidate of this row',
  'in-an-earlier-row': 'a row above has it',
  'scored-below': 'others scored higher',
  'row-left-out': 'the row itself is not on the page',
};

export function whyLines(answer: WhyAnswer): readonly string[] {
  const { name, titleId, shown, policy } = answer;
  const title = name ?? titleId;
  const by = `by version ${policy.version ?? '-'} of the policy${policy.arm === null ? '' : `, arm ${policy.arm}`}`;
  if (shown === null) return [`${title} is not on the page (${by}):`, ...answer.reasons.map(reasonLine)];
  return [`${title} stands in ${shown.row} at position ${shown.rank} (${by}).`, ...partLines(answer)];
}

function reasonLine({ row, rule, score, lastShown, earlier }: Reason): string {
  const scores =
    score === null || lastShown === null ? '' : ` (${short(score)}; the last shown has ${short(lastShown)})`;
  return `  ${row ?? 'everywhere'}: ${RULES[rule]}${earlier === null ? '' : ` (${earlier})`}${scores}`;
}

function partLines({ item }: WhyAnswer): readonly string[] {
  const explanation = item?.explanation;
  if (explanation?.ranked !== true) return ['  It was not scored: the row was made ahead.'];
  const { score, parts, seen, diversity, candidates, plays } = explanation;
  const weighed = parts.filter(({ weight }) => weight !== 0);
  return [
    `  score ${short(score)} among ${candidates} candidates`,
    ...weighed.map(
      ({ ingredient, weight, value, standard }) =>
        `  ${ingredient}: ${value === null ? 'not known' : short(value)}, ${short(standard)} standard deviations, weight ${short(weight)}`,
    ),
    ...(seen === 0 ? [] : [`  seen often: ${short(seen)}`]),
    ...(diversity === 0 ? [] : [`  like titles before it: -${short(Math.abs(diversity))}`]),
    `  plays: ${plays.batch} from the view + ${plays.speed} since = ${plays.total}`,
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
