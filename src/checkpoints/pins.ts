/**
 * Checkpoints that must stay, whatever the rules of their job say: each reason is a pin of its own in the store, which a
 * run in another process sees.
 */
import { randomBytes } from 'node:crypto';
import { areas } from '../storage/areas.ts';
import type { Groups } from '../storage/blob-store.ts';
import { type Key, keyOf } from '../storage/key.ts';
import { jobKey } from './keys.ts';

const pinPattern = /^step-(\d+)_[0-9a-f]+$/;
/** What a pin is made of. */
const pinFile = 'pin.json';
export const pinFiles = [pinFile] as const;

export class Pins {
  readonly #blobs: Groups;

  constructor(blobs: Groups) {
    this.#blobs = blobs;
  }

  /** What a new pin of a step may be called. */
  nameFor(step: number): string {
    return `step-${step}_${randomBytes(8).toString('hex')}`;
  }

  /**
   * Pins the step of which a pin has its name. From here on no run removes the checkpoint: whether it is there, its
   * caller looks afterwards.
   */
  async add(job: string, pin: string): Promise<void> {
    await this.#blobs.publish(keyOf(pinsKey(job), pin), { [pinFile]: Buffer.from('{"version":1}\n') });
  }

  /** Removes one pin; that it is gone already is no error. */
  async remove(job: string, pin: string): Promise<void> {
    await this.#blobs.remove(keyOf(pinsKey(job), pin));
  }

  async isPinned(job: string, step: number): Promise<boolean> {
    const { whole } = await this.#blobs.list(pinsKey(job));
    return whole.some((pin) => Number(pinPattern.exec(pin)?.[1]) === step);
  }
}

/** @throws NotFoundError when it is no job id. */
export function pinsKey(job: string): Key {
  return keyOf(areas.pins, ...jobKey(job).split('/').slice(1));
}
