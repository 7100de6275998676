/** An OpenAPI document, read for its operations; and answers held against what it declares. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Operation {
  /** `get /v1/rows/{row}` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Of a JSON body, where the operation takes one. */
  readonly body: Schema | undefined;
  /** Status → media types. */
  readonly answers: ReadonlyMap<number, readonly string[]>;
}

export interface Contract {
  readonly operations: readonly Operation[];
  /** With references followed. */
  resolve(schema: Schema): Schema;
  /** What is wrong with an answer, undefined for nothing. */
  fault(operation: Operation, status: number, mediaType: string, body: unknown): string | undefined;
}

interface Media {
  readonly schema?: Schema;
}
interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface RawDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const escape = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** Compiles a schema where an answer first needs it. */
export function readContract(document: object): Contract {
  const raw = document as RawDocument;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', ...document });
  const compiled = new Map<string, ValidateFunction>();
  const operations = Object.entries(raw.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => readOperation(method, path, operation)),
  );
  return {
    operations,
    resolve(schema) {
      if (schema.$ref === undefined) return schema;
      const found = raw.components?.schemas?.[schema.$ref.replace('#/components/schemas/', '')];
      if (found === undefined) throw new Error(`nothing at ${schema.$ref}`);
      return found;
    },
    fault({ method, path, answers, name }, status, mediaType, body) {
      const declared = answers.get(status);
      if (declared === undefined) return `${name} does not declare ${status}`;
      if (declared.length === 0) return undefined;
      if (!declared.includes(mediaType))
        return `${name} declares ${declared.join()} for ${status}, not ${mediaType}`;
      const pointer = ['paths', path, method, 'responses', String(status), 'content', mediaType, 'schema'];
      const ref = `document#/${pointer.map(escape).join('/')}`;
      const validate = compiled.get(ref) ?? ajv.compile({ $ref: ref });
      compiled.set(ref, validate);
      if (validate(body)) return undefined;
      return `${name} answers ${status} in another shape: ${ajv.errorsText(validate.errors)}`;
    },
  };
}

function readOperation(method: string, path: string, operation: RawOperation): Operation {
  const { parameters = [], requestBody, responses } = operation;
  return {
    ...{ name: `${method} ${path}`, method, path, parameters },
    body: requestBody?.content['application/json']?.schema,
    answers: new Map(
      Object.entries(responses).map(([status, { content = {} }]) => [Number(status), Object.keys(content)]),
    ),
  };
}
