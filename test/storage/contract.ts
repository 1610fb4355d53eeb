/**
 * What every store promises: held by each implementation of `BlobStore`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FencedError } from '../../src/platform/errors.ts';
import type { BlobStore } from '../../src/storage/blob-store.ts';

/** Opens an empty store; `again` opens the same one once more, as another process would. */
export type OpenEmptyStore = () => Promise<{ store: BlobStore; again: () => BlobStore }>;

const blobs = (text: string) => ({ 'a.bin': Buffer.from(text), 'manifest.json': Buffer.from(`{"of":"${text}"}`) });
const names = ['manifest.json', 'a.bin'];

async function contentOf(store: BlobStore, key: string): Promise<string | null> {
  return (await store.get(`${key}/a.bin`))?.toString() ?? null;
}

export function storeContract(openEmpty: OpenEmptyStore): void {
  describe('blobs', () => {
    test('come back as they were put, and are replaced as a whole', async () => {
      const { store, again } = await openEmpty();
      expect(await store.get('checkpoints/job_a/report.json')).toBeNull();
      await store.put('checkpoints/job_a/report.json', 'first');
      await store.put('checkpoints/job_a/report.json', Buffer.from('second'));
      expect((await again().get('checkpoints/job_a/report.json'))?.toString()).toBe('second');
      expect(await store.has('checkpoints/job_a/report.json')).toBe(true);
      expect(await store.bytesBelow('checkpoints')).toBeGreaterThanOrEqual(6);
    });

    test('are made by one of many that would make them', async () => {
      const { store, again } = await openEmpty();
      const contenders = Array.from({ length: 8 }, (_, i) => String(i));
      const made = await Promise.all(contenders.map((i) => again().putIfAbsent('checkpoints/.identity', i)));
      expect(made.filter(Boolean)).toHaveLength(1);
      const kept = (await store.get('checkpoints/.identity'))?.toString();
      expect(kept).toBe(contenders[made.indexOf(true)]);
      expect(await store.leftovers('checkpoints')).toEqual([]);
    });

    test('are read in part', async () => {
      const { store } = await openEmpty();
      await store.put('datasets/blob', '0123456789');
      const into = new Uint8Array(4);
      expect(await store.readAt('datasets/blob', into, 3)).toBe(4);
      expect(Buffer.from(into).toString()).toBe('3456');
      expect(await store.readAt('datasets/blob', into, 8)).toBe(2);
      expect(await store.readAt('datasets/none', into, 0)).toBeNull();
    });

    test('of a key that leads elsewhere are refused', async () => {
      const { store } = await openEmpty();
      for (const key of ['../outside', 'a/../../b', '/etc/passwd', 'a//b', '']) {
        await expect(
          Promise.resolve().then(() => store.get(key)),
          key,
        ).rejects.toThrow('cannot be part of a key');
      }
    });
  });

  describe('groups', () => {
    test('appear whole, are listed, and go whole', async () => {
      const { store, again } = await openEmpty();
      expect(await store.list('checkpoints/job_a')).toEqual({ whole: [], damaged: [] });
      await store.publish('checkpoints/job_a/step-1', blobs('one'));
      await store.put('checkpoints/job_a/report.json', '{}');
      expect(await again().list('checkpoints/job_a')).toEqual({ whole: ['step-1'], damaged: [] });
      expect(await again().list('checkpoints')).toEqual({ whole: ['job_a'], damaged: [] });
      const before = await store.versionOf('checkpoints/job_a/step-1');
      expect([undefined, before]).toContain(store.versionNow('checkpoints/job_a/step-1'));
      await store.publish('checkpoints/job_a/step-1', blobs('another'));
      expect(await contentOf(again(), 'checkpoints/job_a/step-1')).toBe('another');
      expect(await again().versionOf('checkpoints/job_a/step-1')).not.toBe(before);
      expect(store.versionNow('checkpoints/job_a/step-1')).not.toBe(before);
      await again().remove('checkpoints/job_a/step-1');
      expect(store.versionNow('checkpoints/job_a/step-1') ?? null).toBe(null);
      expect(await store.stateOf('checkpoints/job_a/step-1')).toBe('missing');
      expect(await store.leftovers('checkpoints/job_a')).toEqual([]);
    });

    test('that are wanted after all go back, under an attempt too', async () => {
      const { store, again } = await openEmpty();
      const key = 'checkpoints/job_a/step-1';
      await store.begin('checkpoints/job_a', 1);
      await store.publish(key, blobs('kept'), 1);
      for (const attempt of [1, undefined]) {
        const seen: string[] = [];
        await store.remove(key, attempt, async () => seen.push(await again().stateOf(key)) > 0);
        expect(seen).toEqual(['missing']);
        expect(await contentOf(again(), key)).toBe('kept');
      }
      await store.remove(key, 1, async () => false);
      expect(await store.stateOf(key)).toBe('missing');
    });

    test.each(['the next attempt', 'a sweep'])(
      'that were on their way out when their process was killed come back with %s',
      async (rescue) => {
        const { store } = await openEmpty();
        const remover = fork(new URL('../support/half-removal.mjs', import.meta.url), [store.location]);
        await once(remover, 'message');
        remover.kill('SIGKILL');
        await once(remover, 'exit');
        expect(await store.stateOf('checkpoints/job_a/step-1')).toBe('missing');
        const leftovers = await store.leftovers('checkpoints/job_a');
        expect(leftovers).toHaveLength(1);
        expect(await store.ageMs(leftovers[0])).toBeLessThan(60_000);
        if (rescue === 'a sweep') await store.remove(leftovers[0]);
        else await store.begin('checkpoints/job_a', 2);
        expect(await contentOf(store, 'checkpoints/job_a/step-1')).toBe('wanted');
        expect(await store.leftovers('checkpoints/job_a')).toEqual([]);
      },
    );

    test('that are open are read as what they were, though they are replaced or removed', async () => {
      const { store, again } = await openEmpty();
      await store.publish('checkpoints/job_a/step-1', blobs('old'));
      const group = await again().open('checkpoints/job_a/step-1', [...names, 'absent']);
      await store.publish('checkpoints/job_a/step-1', blobs('new'));
      await store.remove('checkpoints/job_a/step-1');
      expect(group.has('absent')).toBe(false);
      expect((await group.read('a.bin', 3)).toString()).toBe('old');
      // One byte more than expected, so that a longer blob is noticed.
      expect((await group.read('a.bin', 1)).toString()).toBe('ol');
      const part = new Uint8Array(2);
      expect(await group.readAt('a.bin', part, 1)).toBe(2);
      expect(Buffer.from(part).toString()).toBe('ld');
      await group.close();
    });

    test('that are used by many at once are all read', async () => {
      const { store } = await openEmpty();
      await store.publish('checkpoints/job_a/step-1', blobs('one'));
      const read = () =>
        store.withGroup('checkpoints/job_a/step-1', names, async (group) => (await group.read('a.bin', 3)).toString());
      expect(new Set(await Promise.all(Array.from({ length: 100 }, read)))).toEqual(new Set(['one']));
    });

    test('that are damaged are out of use, unless a whole one has taken their place', async () => {
      const { store, again } = await openEmpty();
      await store.publish('checkpoints/job_a/step-1', blobs('one'));
      const signature = await store.signatureOf('checkpoints/job_a/step-1', names);
      await store.markDamaged('checkpoints/job_a/step-1', async (key) => {
        expect(await contentOf(store, key)).toBe('one');
        throw new Error('as damaged as before');
      });
      expect(await again().list('checkpoints/job_a')).toEqual({ whole: [], damaged: ['step-1'] });
      expect(await again().stateOf('checkpoints/job_a/step-1')).toBe('damaged');
      await store.publish('checkpoints/job_a/step-1', blobs('two'));
      expect(await store.signatureOf('checkpoints/job_a/step-1', names)).not.toBe(signature);
      await store.markDamaged('checkpoints/job_a/step-1', async () => {});
      expect(await contentOf(again(), 'checkpoints/job_a/step-1')).toBe('two');
    });

    test('that are withdrawn are found by nobody, and come back unless another has taken their place', async () => {
      const { store, again } = await openEmpty();
      expect(await store.withdraw('datasets/ds_none')).toBeNull();
      await store.publish('datasets/ds_a', blobs('a'));
      const first = await store.withdraw('datasets/ds_a');
      expect(await again().list('datasets')).toEqual({ whole: [], damaged: [] });
      await first!.restore();
      expect(await contentOf(again(), 'datasets/ds_a')).toBe('a');
      const second = await store.withdraw('datasets/ds_a');
      await again().publish('datasets/ds_a', blobs('b'));
      await second!.restore();
      expect(await contentOf(store, 'datasets/ds_a')).toBe('b');
      await (await store.withdraw('datasets/ds_a'))!.delete();
      expect(await store.leftovers('datasets')).toEqual([]);
    });

    test('that are used say so to other processes, until they are removed', async () => {
      const { store, again } = await openEmpty();
      await store.publish('checkpoints/job_a/step-1', blobs('one'));
      expect(await store.unusedMs('checkpoints/job_a/step-1')).toBe(Number.POSITIVE_INFINITY);
      await store.markUsed('checkpoints/job_a/step-1');
      expect(await again().unusedMs('checkpoints/job_a/step-1')).toBeLessThan(60_000);
      await store.remove('checkpoints/job_a/step-1');
      expect(await again().unusedMs('checkpoints/job_a/step-1')).toBe(Number.POSITIVE_INFINITY);
    });
  });

  describe('attempts', () => {
    test('are fenced as soon as a later one has begun: they publish and remove nothing', async () => {
      const { store, again } = await openEmpty();
      const late = again();
      await late.begin('checkpoints/job_a', 1);
      await late.publish('checkpoints/job_a/step-1', blobs('one'), 1);
      await store.begin('checkpoints/job_a', 2);
      await expect(late.publish('checkpoints/job_a/step-2', blobs('two'), 1)).rejects.toThrow(FencedError);
      await expect(late.publish('checkpoints/job_a/step-1', blobs('two'), 1)).rejects.toThrow(FencedError);
      await expect(late.remove('checkpoints/job_a/step-1', 1)).rejects.toThrow(FencedError);
      await expect(late.begin('checkpoints/job_a', 1)).rejects.toThrow(FencedError);
      expect(await contentOf(store, 'checkpoints/job_a/step-1')).toBe('one');
      await store.publish('checkpoints/job_a/step-1', blobs('two'), 2);
      expect(await store.list('checkpoints/job_a')).toEqual({ whole: ['step-1'], damaged: [] });
      expect(await store.leftovers('checkpoints/job_a')).toEqual([]);
    });

    test('that contend publish nothing after a later one has begun', async () => {
      const { store, again } = await openEmpty();
      const begun: { attempt: number; before: Set<string> }[] = [];
      const contend = async (attempt: number) => {
        const own = again();
        await own.begin('checkpoints/job_a', attempt);
        begun.push({ attempt, before: new Set((await own.list('checkpoints/job_a')).whole) });
        const publish = (i: number) => own.publish(`checkpoints/job_a/step-${10 * attempt + i}`, blobs('x'), attempt);
        for (let i = 0; i < 5; i++) await publish(i);
      };
      const ended = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => contend(i + 1)));
      for (const end of ended) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(FencedError);
      const { whole } = await store.list('checkpoints/job_a');
      const newest = Math.max(...begun.map(({ attempt }) => attempt));
      expect(whole.filter((name) => Number(name.slice(5)) >= 10 * newest)).toHaveLength(5);
      for (const { attempt, before } of begun) {
        expect(whole.filter((name) => Number(name.slice(5)) < 10 * attempt && !before.has(name))).toEqual([]);
      }
    });
  });

  describe('drafts', () => {
    test('grow out of sight, also from another thread, and become a group at once', async () => {
      const { store, again } = await openEmpty();
      const draft = await store.openDraft('datasets');
      const same = again().resumeDraft(draft.id);
      const writer = await same.create('large.raw');
      const large = Buffer.alloc(3_000_000, 7);
      await writer.append(large.subarray(0, 1_000));
      await writer.append(large.subarray(1_000));
      await writer.finish();
      await writer.abandon();
      let bytes = 0;
      for await (const piece of draft.pieces('large.raw')) bytes += piece.length;
      expect(bytes).toBe(large.length);
      await draft.put('a.bin', 'kept');
      expect(await store.list('datasets')).toEqual({ whole: [], damaged: [] });
      await draft.drop('large.raw');
      expect(await draft.publish('datasets/ds_a')).toBe(true);
      await draft.release();
      expect(await contentOf(again(), 'datasets/ds_a')).toBe('kept');
      expect(await store.has('datasets/ds_a/large.raw')).toBe(false);
    });

    test('take the place of nothing, and leave nothing', async () => {
      const { store } = await openEmpty();
      await store.publish('datasets/ds_a', blobs('first'));
      const draft = await store.openDraft('datasets');
      await draft.put('a.bin', 'second');
      expect(await draft.publish('datasets/ds_a')).toBe(false);
      await draft.release();
      expect(await contentOf(store, 'datasets/ds_a')).toBe('first');
      await store.removeAbandoned('datasets', 0);
      expect((await store.list('datasets')).whole).toEqual(['ds_a']);
    });
  });

  describe('the store', () => {
    test('can be made ready, written to, and has room', async () => {
      const { store } = await openEmpty();
      await store.prepare();
      expect(await store.problem()).toBeNull();
      expect(await store.hasRoom('checkpoints', 100_000)).toBe(true);
      expect(await store.leftovers('checkpoints')).toEqual([]);
    });

    test('says how old a group is', async () => {
      const { store } = await openEmpty();
      expect(await store.ageMs('checkpoints/job_a')).toBe(0);
      await store.publish('checkpoints/job_a/step-1', blobs('one'));
      expect(await store.ageMs('checkpoints/job_a')).toBeLessThan(60_000);
    });
  });
}
