/** For `--import`, with `times` and `ms` in its query: whoever asks for fast-check gets `longer-runs.ts`, which gets fast-check. */
import { registerHooks } from 'node:module';

const { search } = new URL(import.meta.url);
const LONGER = new URL(`longer-runs.ts${search}`, import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'fast-check' && context.parentURL !== LONGER
      ? { url: LONGER, shortCircuit: true }
      : next(specifier, context),
});
