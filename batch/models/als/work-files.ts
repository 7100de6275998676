/** What a shared training keeps in its place, by name. Numbers in files are little-endian. */
import type { TrainingPlan, TrainingSide, WorkingPlace } from '../training-work.ts';
import type { SideMatrix } from './matrix.ts';
import { refuse, type AlsSettings } from './settings.ts';

/** What the place says of itself; put last by `initialise`. */
export interface WorkPlan extends TrainingPlan {
  readonly settings: AlsSettings;
  /** The first row of each block of rows, and the number of rows. */
  readonly blocks: Readonly<Record<TrainingSide, readonly number[]>>;
}

export interface WorkFiles {
  readPlan(): Promise<WorkPlan | undefined>;
  putPlan(plan: WorkPlan): Promise<void>;
  readTitles(): Promise<readonly string[]>;
  putTitles(titles: readonly string[]): Promise<void>;
  readMatrix(side: TrainingSide, block: number): Promise<SideMatrix>;
  putMatrix(side: TrainingSide, block: number, matrix: SideMatrix): Promise<void>;
  /** Undefined where the block is not solved yet. MODEL_INPUT_INVALID where it is not of this many factors. */
  findFactors(of: FactorsOf, length: number): Promise<Float32Array | undefined>;
  putFactors(of: FactorsOf, factors: Float32Array): Promise<void>;
}

/** A block of a side as an iteration left it; iteration 0 is what titles begin with. */
export interface FactorsOf {
  readonly side: TrainingSide;
  readonly iteration: number;
  readonly block: number;
}

const PLAN = 'plan.json';
const TITLES = 'titles.json';
const matrixName = (side: TrainingSide, block: number): string => `${side}/matrix-${block}`;
const factorsName = ({ side, iteration, block }: FactorsOf): string =>
  `${side}/factors-${iteration}-${block}`;

export function createWorkFiles(place: WorkingPlace): WorkFiles {
  const read = async (name: string): Promise<Uint8Array> =>
    (await place.get(name)) ?? refuse(`${name} is not there: a step before this one is not done`);
  const putJson = (name: string, value: unknown): Promise<void> =>
    place.put(name, new TextEncoder().encode(JSON.stringify(value)));
  const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
  return {
    async readPlan() {
      const bytes = await place.get(PLAN);
      return bytes === undefined ? undefined : (parse(bytes) as WorkPlan);
    },
    putPlan: (plan) => putJson(PLAN, plan),
    readTitles: async () => parse(await read(TITLES)) as readonly string[],
    putTitles: (titles) => putJson(TITLES, titles),
    async readMatrix(side, block) {
      const words = wordsOf(await read(matrixName(side, block)));
      const [rows = 0, entries = 0] = words;
      if (words.length !== 2 + rows + 1 + 2 * entries) refuse(`${matrixName(side, block)} is torn`);
      const columns = 2 + rows + 1;
      return {
        rowStarts: words.subarray(2, columns),
        columns: words.subarray(columns, columns + entries),
        strengths: new Float32Array(words.buffer, (columns + entries) * 4, entries),
      };
    },
    putMatrix(side, block, { rowStarts, columns, strengths }) {
      const words = new Uint32Array(2 + rowStarts.length + columns.length + strengths.length);
      words.set([rowStarts.length - 1, columns.length]);
      words.set(rowStarts, 2);
      words.set(columns, 2 + rowStarts.length);
      new Float32Array(words.buffer).set(strengths, 2 + rowStarts.length + columns.length);
      return place.put(matrixName(side, block), new Uint8Array(words.buffer));
    },
    async findFactors(of, length) {
      const bytes = await place.get(factorsName(of));
      if (bytes === undefined) return undefined;
      if (bytes.byteLength !== length * 4)
        refuse(`${factorsName(of)} has ${bytes.byteLength} bytes instead of ${length * 4}`);
      return new Float32Array(wordsOf(bytes).buffer);
    },
    putFactors: (of, factors) =>
      place.put(factorsName(of), new Uint8Array(factors.buffer, factors.byteOffset, factors.byteLength)),
  };
}

/** A copy that begins at a multiple of four. */
const wordsOf = (bytes: Uint8Array): Uint32Array<ArrayBuffer> =>
  new Uint32Array(Uint8Array.from(bytes).buffer, 0, bytes.byteLength >> 2);
