import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { registryContract } from './registry-contract.ts';

registryContract('memory', createMemoryObjectStore);
