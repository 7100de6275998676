/**
 * The small version of the Open Bandit Dataset (Saito et al., NeurIPS 2021): 10,000 impressions with position, click and
 * propensity for each of two policies and three campaigns of a shop, a week of 2019. There is no profile id in it.
 */
import { fileURLToPath } from 'node:url';
import { MarqueeError } from '../../domain/errors.ts';
import { verifiedWheel, type WheelOptions } from './wheel.ts';
import { readZipMembers } from './zip.ts';

const OPEN_BANDIT_REQUIREMENTS = fileURLToPath(new URL('open-bandit-requirements.txt', import.meta.url));
const BANDIT_POLICIES = ['random', 'bts'] as const;
const BANDIT_CAMPAIGNS = ['all', 'men', 'women'] as const;

export interface BanditImpression {
  readonly policy: (typeof BANDIT_POLICIES)[number];
  readonly campaign: (typeof BANDIT_CAMPAIGNS)[number];
  /** Line of its file, from 0. */
  readonly line: number;
  readonly timeMs: number;
  readonly itemId: string;
  /** 1 (left) to 3. */
  readonly position: number;
  readonly clicked: boolean;
  /** How likely the policy was to show this item at this position then, above 0. */
  readonly propensity: number;
}

export type OpenBanditOptions = Omit<WheelOptions, 'requirementsFile'>;

/** All 60,000 impressions, file by file. Rejects when they cannot be fetched, verified or read. */
export async function fetchOpenBandit(options: OpenBanditOptions): Promise<BanditImpression[]> {
  const wheel = await verifiedWheel({ ...options, requirementsFile: OPEN_BANDIT_REQUIREMENTS });
  const files = BANDIT_POLICIES.flatMap((policy) =>
    BANDIT_CAMPAIGNS.map((campaign) => ({ policy, campaign, member: memberOf(policy, campaign) })),
  );
  const members = readZipMembers(
    wheel,
    files.map(({ member }) => member),
    'the Open Bandit wheel',
  );
  return files.flatMap(({ policy, campaign, member }) =>
    parseBanditFile(members.get(member)!.toString('utf8'), policy, campaign),
  );
}

const memberOf = (policy: string, campaign: string): string => `/obd/${policy}/${campaign}/${campaign}.csv`;

const COLUMNS = ['timestamp', 'item_id', 'position', 'click', 'propensity_score'] as const;
/** What is read stands before the some hundred features of each line. */
const CELLS = 6;

/** Throws DOWNLOAD_CORRUPT when a column is missing or a line is not an impression. */
export function parseBanditFile(
  text: string,
  policy: BanditImpression['policy'],
  campaign: BanditImpression['campaign'],
): BanditImpression[] {
  const file = memberOf(policy, campaign);
  const [header = '', ...lines] = text.split('\n');
  const names = header.split(',', CELLS);
  const places = COLUMNS.map((column) => names.indexOf(column));
  if (places.includes(-1)) {
    throw new MarqueeError('DOWNLOAD_CORRUPT', {
      file,
      actual: names.join(','),
      expected: COLUMNS.join(','),
    });
  }
  return lines
    .filter((line) => line !== '')
    .map((text, line) => {
      const cells = text.split(',', CELLS);
      const [timestamp = '', itemId = '', position = '', click = '', score] = places.map((at) => cells[at]);
      const propensity = Number(score);
      const timeMs = Date.parse(timestamp.replace(' ', 'T'));
      const isImpression = /^[1-3]$/.test(position) && /^[01]$/.test(click);
      if (Number.isNaN(timeMs) || !isImpression || !(propensity > 0 && propensity <= 1)) {
        const actual = cells.join(',');
        throw new MarqueeError('DOWNLOAD_CORRUPT', { file, actual, expected: 'an impression' });
      }
      const place = { itemId, position: Number(position) };
      return { policy, campaign, line, timeMs, ...place, clicked: click === '1', propensity };
    });
}
