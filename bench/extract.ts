/**
 * Events per CPU second from raw JSON to clean Avro: impressions of 1.2 KB, 1 in 100 sent twice, checked, deduplicated
 * with state in LMDB, enriched from catalogue, pages and kept profiles, encoded. The peer parses the same bytes with
 * JSON.parse and encodes them with avsc and does nothing else, on the same records in turns.
 *
 * What avsc alone writes is a choice: `ratio` is to a peer that keeps every attribute, in a schema made for just these
 * events; `ratio_contract_only` to one that writes the attributes of the contract and drops all others.
 */
import avro from 'avsc';
import type { RawRecord } from '../domain/extract.ts';
import { CLEAN_SCHEMAS } from '../domain/events/schemas.ts';
import { median, round, type Benchmark, type Figures } from './lib/benchmark.ts';
import { startExtractLane } from './lib/extract-lane.ts';
import { sampleEvent } from './lib/sample-events.ts';

const PAIRS = 9;
const TURN_EVENTS = 20_000;
const WARM_UP_TURNS = 3;
const REPEAT_EVERY = 100;

type Lane = (records: readonly RawRecord[]) => Promise<void> | void;

export const benchmark: Benchmark = async ({ say }) => {
  const extract = await startExtractLane();
  try {
    const lanes: Readonly<Record<string, Lane>> = {
      marquee: extract.process,
      bare: bareLane(avro.Type.forValue(sampleEvent(1))),
      contract: contractLane(),
    };
    let offset = 0;
    const turns: Record<string, number>[] = [];
    for (let turn = -WARM_UP_TURNS; turn < PAIRS; turn += 1) {
      const records = rawRecords(offset, TURN_EVENTS);
      offset += TURN_EVENTS;
      const perCpuSecond: Record<string, number> = {};
      for (const [name, lane] of Object.entries(lanes)) perCpuSecond[name] = await measure(lane, records);
      if (turn < 0) continue;
      turns.push(perCpuSecond);
      say(
        `turn ${turn + 1}: ${Object.entries(perCpuSecond)
          .map(([name, rate]) => `${name} ${round(rate)}`)
          .join(', ')} events per CPU second`,
      );
    }
    return figures(turns, offset, extract.totals());
  } finally {
    await extract.close();
  }
};

function figures(
  turns: readonly Readonly<Record<string, number>>[],
  events: number,
  { bytes, calls, outcomes }: ReturnType<Awaited<ReturnType<typeof startExtractLane>>['totals']>,
): Figures {
  const of = (name: string): number[] => turns.map((turn) => turn[name] ?? NaN);
  const ratioTo = (peer: string): number =>
    round(median(turns.map((turn) => (turn['marquee'] ?? NaN) / (turn[peer] ?? NaN))));
  const { clean = 0, duplicate = 0 } = outcomes;
  if (clean + duplicate !== events || duplicate !== events / REPEAT_EVERY) {
    throw new Error(`not every event came through: ${JSON.stringify(outcomes)}`);
  }
  return {
    events_per_cpu_second: round(median(of('marquee'))),
    bare_events_per_cpu_second: round(median(of('bare'))),
    ratio: ratioTo('bare'),
    ratio_contract_only: ratioTo('contract'),
    clean_bytes_per_event: round(bytes / clean),
    side_input_calls_per_million_events: round((calls / events) * 1e6),
  };
}

async function measure(lane: Lane, records: readonly RawRecord[]): Promise<number> {
  const before = process.cpuUsage();
  await lane(records);
  const { user, system } = process.cpuUsage(before);
  return (records.length / (user + system)) * 1e6;
}

function rawRecords(from: number, count: number): RawRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const offset = from + i;
    const isRepeat = offset % REPEAT_EVERY === REPEAT_EVERY - 1;
    const event = sampleEvent(isRepeat ? offset - 50 : offset);
    return { offset, timestamp: Date.now(), value: Buffer.from(JSON.stringify(event)) };
  });
}

/** Everything kept, in a schema inferred from one of the events. */
function bareLane(type: avro.Type): Lane {
  return (records) => {
    for (const { value } of records) type.toBuffer(JSON.parse((value as Buffer).toString()) as unknown);
  };
}

/** The columns of the contract alone. */
function contractLane(): Lane {
  const type = avro.Type.forSchema(CLEAN_SCHEMAS.impressions as unknown as avro.Schema);
  return (records) => {
    for (const { offset, timestamp, value } of records) {
      const event = JSON.parse((value as Buffer).toString()) as object;
      type.toBuffer({ rawOffset: offset, appendTime: timestamp, timeStatus: 'ok', ...event });
    }
  };
}
