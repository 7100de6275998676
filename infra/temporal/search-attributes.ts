import type { OperatorService } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../domain/workflow-ids.ts';

/** `IndexedValueType` of the service's protocol. */
const TYPES = { KEYWORD: 2, INT: 3 } as const;

/** gRPC: somebody else was faster. */
const ALREADY_EXISTS = 6;
/** gRPC: attributes of this service are registered by other means, as in Temporal Cloud. */
const ELSEWHERE: readonly unknown[] = [7, 12];

/** Registers in the namespace what runs are searched for by, where it is missing; said twice, nothing changes. */
export async function ensureSearchAttributes(operator: OperatorService, namespace: string): Promise<void> {
  const known = await knownAttributes(operator, namespace);
  for (const { name, type } of Object.values(SEARCH_ATTRIBUTES)) {
    if (known.includes(name)) continue;
    try {
      await operator.addSearchAttributes({ namespace, searchAttributes: { [name]: TYPES[type] } });
    } catch (error) {
      if (codeOf(error) !== ALREADY_EXISTS && !ELSEWHERE.includes(codeOf(error))) throw error;
    }
  }
}

async function knownAttributes(operator: OperatorService, namespace: string): Promise<string[]> {
  try {
    return Object.keys((await operator.listSearchAttributes({ namespace })).customAttributes ?? {});
  } catch (error) {
    if (ELSEWHERE.includes(codeOf(error))) return [];
    throw error;
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;
