/** The commands that the project's pages quote, found in fenced blocks and in inline code. */

export interface QuotedCommand {
  readonly page: string;
  readonly text: string;
  /** The npm script, `test` for `npm test`. */
  readonly script: string;
  /** What follows `--`, or the words of a bare `marquee …`. */
  readonly args: readonly string[];
}

const FENCE = /```(?:sh|bash|console)\n([\s\S]*?)```/g;
const INLINE = /`([^`\n]+)`/g;
const NPM = /^(?:\$ )?npm (?:run (?<script>[\w:-]+)|(?<test>test))(?: -- (?<args>.*))?$/;
const MARQUEE = /^(?:npx )?marquee (?<args>.+)$/;

function* snippets(markdown: string): Generator<string> {
  for (const [, block = ''] of markdown.matchAll(FENCE)) yield* block.split('\n');
  for (const [, code = ''] of markdown.replaceAll(FENCE, '').matchAll(INLINE)) yield code;
}

/** Words of a shell line up to a comment or a pipe; quoting is not understood, nor needed so far. */
const words = (text: string): readonly string[] =>
  text
    .split(/\s[#|]/)[0]
    ?.trim()
    .split(/\s+/) ?? [];

export function quotedCommands(page: string, markdown: string): readonly QuotedCommand[] {
  return [...snippets(markdown)].flatMap((snippet): QuotedCommand[] => {
    const text = snippet.trim();
    const npm = NPM.exec(words(text).join(' '))?.groups;
    if (npm !== undefined) {
      const script = npm['script'] ?? 'test';
      return [{ page, text, script, args: npm['args'] === undefined ? [] : words(npm['args']) }];
    }
    const marquee = MARQUEE.exec(text)?.groups?.['args'];
    return marquee === undefined ? [] : [{ page, text, script: 'marquee', args: words(marquee) }];
  });
}

/** Targets of relative links, without anchors. */
export function relativeLinks(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}
