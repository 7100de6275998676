/**
 * Workflow histories as JSON files, in the field names of Temporal's protocol. The SDK's own conversion depends on how
 * npm lays out its packages, so the generated protocol code converts.
 */
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
export type History = proto.temporal.api.history.v1.IHistory;

/** What tells of the machine it was recorded on. */
const HIDDEN = new Set(['identity', 'stackTrace']);

export function historyToText(history: History): string {
  const plain: unknown = History.toObject(History.fromObject(history), {
    longs: String,
    enums: String,
    bytes: String,
  });
  const hide = (key: string, value: unknown): unknown => (HIDDEN.has(key) ? undefined : value);
  return `${JSON.stringify(plain, hide, 1)}\n`;
}

export const historyFromText = (text: string): History =>
  History.fromObject(JSON.parse(text) as Record<string, unknown>);
