/**
 * The part of the WebAssembly JavaScript API that the engine uses; TypeScript has it only in its library for browsers.
 * https://www.w3.org/TR/wasm-js-api-2/
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    /** No module is anything else. */
    private readonly kind: 'module';
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } });
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: boolean });
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
  }
  class Global {
    private constructor();
    readonly value: number;
  }
}
