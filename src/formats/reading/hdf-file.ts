/**
 * An HDF5 file in memory, read by the HDF5 library compiled to WebAssembly: it sees this one file, and no other.
 */
import { sizeOf } from '../../model/arrays.ts';
import { isShape } from './json-text.ts';
import type { FileTensor } from './model-in-file.ts';
import { invalidFile, unsupportedModel } from './refusal.ts';

const path = '/model.h5';

type Library = typeof import('h5wasm');
type OpenFile = InstanceType<Library['File']>;

export class HdfFile {
  readonly #library: Library;
  readonly #file: OpenFile;
  /** What the file is called in refusals. */
  readonly #name: string;

  private constructor(library: Library, file: OpenFile, name: string) {
    this.#library = library;
    this.#file = file;
    this.#name = name;
  }

  /** Takes half a second for the library alone, so that it is loaded when it is needed. */
  static async open(bytes: Uint8Array, name: string): Promise<HdfFile> {
    const library = await import('h5wasm');
    const { FS, activate_throwing_error_handler: throwErrors } = await library.ready;
    // Otherwise it prints them.
    throwErrors();
    FS.writeFile(path, bytes);
    try {
      return new HdfFile(library, new library.File(path, 'r'), name);
    } catch (cause) {
      throw invalidFile(name, 'is no HDF5 file, or is damaged', cause);
    }
  }

  /** undefined: there is none of this name. */
  tensor(name: string): FileTensor | undefined {
    const found = this.#read(name, () => this.#file.get(name));
    if (found === null) return undefined;
    if (!(found instanceof this.#library.Dataset)) throw invalidFile(name, `in ${this.#name} is no dataset`);
    const { shape, dtype } = this.#read(name, () => ({ shape: found.shape, dtype: found.dtype }));
    if (!isShape(shape)) throw invalidFile(name, `in ${this.#name} has no shape`);
    if (dtype !== '<f') throw unsupportedModel(name, `has numbers of type ${JSON.stringify(dtype)}: float32 is needed`);
    return { name, shape, values: () => this.#read(name, () => floats(found.value, sizeOf(shape))) };
  }

  close(): void {
    this.#file.close();
  }

  /** What goes wrong in the library is the file's fault. */
  #read<T>(name: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw invalidFile(name, `cannot be read in ${this.#name}`, cause);
    }
  }
}

function floats(value: unknown, size: number): Float32Array {
  if (!(value instanceof Float32Array) || value.length !== size) throw new TypeError('The dataset is cut off.');
  return value;
}
