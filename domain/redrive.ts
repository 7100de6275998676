/**
 * Redriving: a dead letter's event is put right and appended to its raw partition again, with a header that names the
 * record it stands for. Those coordinates are the event's identity: once one such record was accepted, the letter is
 * settled, and whatever names it later changes nothing, however much later.
 */
import { generation, region, type Generation, type Region } from './ids.ts';

/** Where a record stands in the raw log. */
export interface RawCoordinates {
  readonly region: Region;
  readonly generation: Generation;
  readonly partition: number;
  readonly offset: number;
}

/** Header of a raw record that was redriven; its value is the coordinates of the record it stands for. */
export const REDRIVEN_FROM = 'redriven-from';
/**
 * Header beside it, and of a letter, where an event with the letter's id was sighted without having been accepted: its
 * own sighting must not make its redriven event a duplicate.
 */
export const SIGHTED = 'sighted';

/** What the headers of a redriven raw record say. */
export interface Redriven {
  /** Raw offset, in the same partition, of the record that it stands for. */
  readonly from: number;
  readonly sighted: boolean;
}

/** `eu/g1/3/1234`: key of a dead letter and value of the header. */
export const coordinatesText = (at: RawCoordinates): string =>
  `${at.region}/${at.generation}/${at.partition}/${at.offset}`;

/** Undefined where the text is not the coordinates of a raw record. */
export function parseCoordinates(text: string): RawCoordinates | undefined {
  const found = /^([^/]+)\/([^/]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text);
  if (found === null) return undefined;
  const [, inRegion = '', inGeneration = '', partition, offset] = found;
  return {
    region: region(inRegion),
    generation: generation(inGeneration),
    partition: Number(partition),
    offset: Number(offset),
  };
}

/**
 * What a raw record's headers say of the record it stands for. A header that names another log, or a record that is not before
 * this one, says nothing here: the record is then judged as any other.
 */
export function redrivenOf(header: string, sighted: boolean, here: RawCoordinates): Redriven | undefined {
  const from = parseCoordinates(header);
  if (from === undefined || from.offset >= here.offset) return undefined;
  const sameLog =
    from.region === here.region && from.generation === here.generation && from.partition === here.partition;
  return sameLog ? { from: from.offset, sighted } : undefined;
}
