/**
 * The thread that reads uploads: a line of many megabytes takes it as long as it takes, and the event loop of the service goes on.
 */
import { on } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { sendError } from '../../../platform/error-transfer.ts';
import { openStore } from '../../../storage/open.ts';
import { fillDraft } from './fill-draft.ts';
import type { UploadMessage, UploadOutcome, UploadTask } from './upload-task.ts';

export default async function readUpload(task: UploadTask): Promise<UploadOutcome> {
  const { storeLocation, draft, request, createdAt, port } = task;
  try {
    const sheet = await fillDraft(
      (await openStore(storeLocation)).resumeDraft(draft),
      chunksOf(port),
      request,
      createdAt,
    );
    return { status: 'filled', sheet };
  } catch (error) {
    return { status: 'refused', error: sendError(error) };
  } finally {
    port.close();
  }
}

async function* chunksOf(port: MessagePort): AsyncGenerator<Uint8Array> {
  for await (const [message] of on(port, 'message') as AsyncIterable<[UploadMessage]>) {
    if (message === 'end') return;
    // The event loop has the reason, and tells it.
    if (message === 'broken off') throw new Error('The upload broke off.');
    yield message;
    port.postMessage(message.length);
  }
}
