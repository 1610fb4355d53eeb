/** The part of the WebAssembly JavaScript API that module.ts uses; TypeScript has it only in its library for browsers. https://www.w3.org/TR/wasm-js-api-2/ */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, never>);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
  }
  class Global {
    private constructor();
    readonly value: number;
  }
}
