/**
 * Memory that the garbage collector does not see: to it a WebAssembly memory of hundreds of megabytes is a small object,
 * and a thread that lets go of many of them keeps them all until it has made enough other garbage, which may be never.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that a thread may have let go of before it collects. */
const mostLetGo = 128 * 2 ** 20;

let collect: ((options?: { execution: 'async' }) => unknown) | undefined;

/** V8's own collector, which takes some milliseconds for a heap of some tens of megabytes. */
function collector(): (options?: { execution: 'async' }) => unknown {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as typeof collect;
    setFlagsFromString('--no-expose-gc');
  }
  return collect!;
}

/** What one thread has let go of. */
export class UnseenMemory {
  readonly #letGo = new Map<string, number>();

  /** Nothing will refer to it when `collect` is called next. @param name what lies there: twice the same counts once. */
  willLetGo(name: string, bytes: number): void {
    this.#letGo.set(name, bytes);
  }

  /** Frees what was let go of, if that is much, as soon as the thread has a moment. */
  collect(): void {
    let bytes = 0;
    for (const one of this.#letGo.values()) bytes += one;
    if (bytes <= mostLetGo) return;
    this.#letGo.clear();
    collector()({ execution: 'async' });
  }
}
