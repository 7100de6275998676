/** As much of the JavaScript interface of WebAssembly as is used here; the types that come with Node have none of it. */

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

interface WebAssemblyNamespace {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => SharedMemory;
  instantiate(
    module: Uint8Array<ArrayBuffer>,
    imports: { readonly env: { readonly memory: SharedMemory } },
  ): Promise<{ readonly instance: { readonly exports: unknown } }>;
}

export const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: WebAssemblyNamespace;
};
