/** Reads what the bytes of a dead letter tell about who sent it. They are whatever arrived: nothing in them is trusted. */
import { fits } from '../events/validate.ts';
import { FIELDS, type EventField } from '../events/contract.ts';

export interface Sender {
  readonly producer?: string;
  readonly producerSeq?: number;
  readonly appVersion?: string;
}

const decoder = new TextDecoder('utf-8');

/** What of the sender can be read; nothing where the bytes are no JSON object or more than `maxBytes`. */
export function senderIn(bytes: Uint8Array, maxBytes: number): Sender {
  if (bytes.byteLength > maxBytes) return {};
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const source = value as Readonly<Record<string, unknown>>;
  const producer = textOf(source, 'producer');
  const appVersion = textOf(source, 'appVersion');
  const seq = fieldOf(source, 'producerSeq');
  return {
    ...(producer === undefined ? {} : { producer }),
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(typeof seq === 'number' ? { producerSeq: seq } : {}),
  };
}

function fieldOf(source: Readonly<Record<string, unknown>>, field: EventField): unknown {
  const value = Object.hasOwn(source, field) ? source[field] : undefined;
  return fits(FIELDS[field], value) ? value : undefined;
}

function textOf(source: Readonly<Record<string, unknown>>, field: EventField): string | undefined {
  const value = fieldOf(source, field);
  return typeof value === 'string' ? value : undefined;
}
