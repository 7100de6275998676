/**
 * Builders for one configuration value. A setting is a zod schema that takes the environment's text and carries, as
 * metadata, its environment key, what it expects in words, the reason for it and its default.
 */
import { z } from 'zod';

export interface SettingMeta {
  readonly env: string;
  /** What a good value is, in words: `an integer from 1 to 1024`. */
  readonly expects: string;
  /** Why the setting exists and why its default is what it is. */
  readonly reason: string;
  /** The default as it would be written in the environment; absent when there is none. */
  readonly default?: string;
  /** Values that must not be printed. */
  readonly secret?: boolean;
}

interface Common<T> {
  readonly default: T;
  readonly reason: string;
}

function annotate<S extends z.ZodType>(schema: S, meta: SettingMeta): S {
  return schema.meta({ ...meta, description: meta.reason });
}

/** A whole number between `min` and `max`, both included. Underscores may group digits (`5_000`). */
export function integer(env: string, options: Common<number> & { min: number; max: number }) {
  const { default: value, min, max, reason } = options;
  const schema = z
    .string()
    .regex(/^-?\d[\d_]*$/)
    .transform((text) => Number(text.replaceAll('_', '')))
    .pipe(z.number().int().min(min).max(max))
    .default(value);
  const expects = `an integer from ${min} to ${max}`;
  return annotate(schema, { env, expects, reason, default: String(value) });
}

/** A number between `min` and `max`, both included. */
export function decimal(env: string, options: Common<number> & { min: number; max: number }) {
  const { default: value, min, max, reason } = options;
  const schema = z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(value);
  return annotate(schema, { env, expects: `a number from ${min} to ${max}`, reason, default: String(value) });
}

export function flag(env: string, options: Common<boolean>) {
  const schema = z
    .enum(['true', 'false', '1', '0'])
    .transform((text) => text === 'true' || text === '1')
    .default(options.default);
  return annotate(schema, { env, expects: 'true or false', ...options, default: String(options.default) });
}

export function choice<const T extends string>(
  env: string,
  values: readonly [T, ...T[]],
  options: Common<NoInfer<T>>,
) {
  const schema = z.enum(values).default(options.default as never);
  return annotate(schema, { env, expects: `one of ${values.join(', ')}`, ...options });
}

interface TextOptions {
  readonly reason: string;
  readonly pattern?: RegExp;
  readonly expects?: string;
  readonly secret?: boolean;
}

const textSchema = (pattern: RegExp | undefined) => z.string().regex(pattern ?? /\S/);
const expectsText = (options: TextOptions): string => options.expects ?? 'a non-empty text';

/** Text with a default. */
export function text(env: string, options: TextOptions & { default: string }) {
  const schema = textSchema(options.pattern).default(options.default);
  return annotate(schema, { env, ...options, expects: expectsText(options) });
}

/** Text without a default: missing is a fault. */
export function requiredText(env: string, options: TextOptions) {
  return annotate(textSchema(options.pattern), { env, ...options, expects: expectsText(options) });
}

/** Text that may be missing. */
export function optionalText(env: string, options: TextOptions) {
  return annotate(textSchema(options.pattern).optional(), { env, ...options, expects: expectsText(options) });
}

/** A comma-separated list that may be missing: then it is empty. */
export function optionalList(env: string, options: TextOptions) {
  const schema = z
    .string()
    .default('')
    .transform((value) => (value === '' ? [] : value.split(',').map((item) => item.trim())))
    .pipe(z.array(textSchema(options.pattern)));
  return annotate(schema, { env, ...options, expects: expectsText(options) });
}

/** A comma-separated list without a default: missing is a fault. */
export function requiredList(env: string, options: TextOptions) {
  const schema = z
    .string()
    .transform((value) => value.split(',').map((item) => item.trim()))
    .pipe(z.array(textSchema(options.pattern)).min(1));
  return annotate(schema, { env, ...options, expects: expectsText(options) });
}
