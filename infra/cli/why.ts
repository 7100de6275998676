import type { HomeAnswer, WhyNotAnswer } from '../../serving/home/schemas.ts';
import { bearing } from '../http/bearing.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { whyLines } from './why-text.ts';

interface Flags {
  readonly country?: string;
  readonly device?: string;
  readonly hour?: string;
  readonly serving?: string;
  readonly json?: true;
}

export type ShownItem = HomeAnswer['rows'][number]['items'][number];

/** What `--json` prints: where the title stands and by what, or what keeps it out. */
export interface WhyAnswer extends WhyNotAnswer {
  /** The title as the page has it; null where it is not on it. */
  readonly item: ShownItem | null;
}

/** As long a page as the API gives, so that a title far down is found. */
const ROWS = '40';
const ASK_TIMEOUT_MS = 10_000;
const CONTEXT = ['country', 'device', 'hour'] as const;

/** `marquee why`: exits 1 where the title is not on the page, 4 where serving does not answer. */
export const register: Register = (program, deps) => {
  program
    .command('why')
    .description('say why a title is on the home page of a profile, or which rule keeps it out')
    .argument('<profile>', 'the profile id')
    .argument('<title>', 'the title id')
    .option('--country <code>', 'where the page is shown')
    .option('--device <name>', 'what it is shown on')
    .option('--hour <hour>', 'the hour of the day that it is shown in, 0 to 23 in UTC')
    .option('--serving <url>', 'where serving answers; else SERVING_HOST and SERVING_PORT')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'before',
      examples(['marquee why profile-1 50', 'marquee why profile-1 50 --country DE --json']),
    )
    .action(async (profile: string, title: string, flags: Flags) => {
      const answer = await ask(deps, profile, title, flags);
      if (answer === undefined) return;
      if (flags.json === true) deps.output.json(answer);
      else for (const line of whyLines(answer)) deps.output.data(line);
      if (answer.shown === null) deps.exitWith(EXIT.failed);
    });
};

/** Undefined where it was said already why there is no answer. */
async function ask(
  deps: CliDeps,
  profile: string,
  title: string,
  flags: Flags,
): Promise<WhyAnswer | undefined> {
  const { serving, auth } = deps.loadLocalConfig();
  const base = flags.serving ?? `http://${serving.host}:${serving.port}`;
  const query = new URLSearchParams();
  for (const name of CONTEXT) if (flags[name] !== undefined) query.set(name, flags[name]);
  const get = async <T>(path: string, more: Record<string, string>): Promise<T | undefined> => {
    const all = new URLSearchParams([...query, ...Object.entries(more)]);
    const url = `${base}/v1/profiles/${encodeURIComponent(profile)}/${path}?${all.toString()}`;
    const init = { headers: bearing(auth.clientToken), signal: AbortSignal.timeout(ASK_TIMEOUT_MS) };
    const response = await fetch(url, init).catch(() => undefined);
    if (response === undefined) {
      deps.output.say(`Serving does not answer at ${base}.`);
      deps.exitWith(EXIT.notRunning);
      return undefined;
    }
    const body = (await response.json()) as T & { readonly detail?: string };
    if (response.ok) return body;
    deps.output.say(body.detail ?? `Serving answered ${response.status}.`);
    deps.exitWith(EXIT.failed);
    return undefined;
  };
  const why = await get<WhyNotAnswer>(`why-not/${encodeURIComponent(title)}`, { rows: ROWS });
  if (why === undefined) return undefined;
  const { shown } = why;
  if (shown === null) return { ...why, item: null };
  const page = await get<HomeAnswer>('home', { rows: ROWS, limit: '100', explain: 'true' });
  const row = page?.rows.find((one) => one.row === shown.row);
  return { ...why, item: row?.items.find((one) => one.titleId === title) ?? null };
}
