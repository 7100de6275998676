import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { objectStoreContract } from './contract.ts';

objectStoreContract('memory', createMemoryObjectStore);
