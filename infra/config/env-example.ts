/** The text of `.env.example`: every setting with its reason, what it takes and its default, ready to be uncommented. */
import type { SettingEntry } from '../config.ts';

const HEADER = `# Every setting of Marquee. What is unset has the default shown; addresses come from \`marquee up\` (data/stack.json).
# Written from the schema in infra/config/ by \`npm run env:example\`.
`;

export function renderEnvExample(settings: readonly SettingEntry[]): string {
  const sections = Map.groupBy(settings, ({ path }) => (path.length === 1 ? 'marquee' : (path[0] ?? '')));
  const blocks = [...sections].map(
    ([name, entries]) => `\n# --- ${name} ---\n${entries.map(renderSetting).join('')}`,
  );
  return HEADER + blocks.join('');
}

function renderSetting({ meta }: SettingEntry): string {
  return `\n# ${meta.reason}\n# Takes ${meta.expects}.\n#${meta.env}=${meta.default ?? ''}\n`;
}
