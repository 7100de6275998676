/** What a line of the catalogue must be. */
import { z } from 'zod';
import { TITLE_KINDS, type CatalogueEntry } from '../domain/catalogue.ts';
import type { TitleId } from '../domain/ids.ts';

const titleIdText = z
  .string()
  .min(1)
  .max(128)
  .transform((value) => value as TitleId);
const instant = z.number().nullable();

export const entrySchema: z.ZodType<CatalogueEntry> = z.object({
  titleId: titleIdText,
  kind: z.enum(TITLE_KINDS),
  name: z.string().max(4096),
  genres: z.array(z.string().max(128)).max(64).default([]),
  year: z.int().nullable().default(null),
  runtimeSeconds: z.number().min(0).nullable().default(null),
  launchTime: instant.default(null),
  parentId: titleIdText.nullable().default(null),
  // Without it nobody says that the title may be shown anywhere.
  availability: z.record(z.string(), z.array(z.object({ from: instant, to: instant }))),
});
