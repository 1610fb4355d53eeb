/**
 * The checkpoints of a job, each to try or to take away.
 */

import { useState } from 'preact/hooks';
import type { DownloadFormat, RemoteJob } from '../../client/client.ts';
import { bytes, countText, natsText } from '../../text/figures.ts';
import { Icon } from '../parts/icons.tsx';
import { Card } from '../parts/page-parts.tsx';
import { MoreButton, usePages } from '../parts/pages.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { href } from '../routing.ts';
import { base, client } from '../service.ts';

/** The list of the service begins with the first step, and the last ones are those that count. */
export const mostCheckpoints = 1_000;

/** As the formats are called. */
const formats: Record<DownloadFormat, string> = {
  tfjs: 'TensorFlow.js',
  keras: 'Keras',
  onnx: 'ONNX',
  safetensors: 'safetensors',
};

export function Checkpoints({ job }: { job: RemoteJob }) {
  const list = usePages((page) => client.checkpoints(job.id, page), `${job.id} ${job.checkpointStep} ${job.status}`);
  const { items: value, message } = list;
  const [format, setFormat] = useState<DownloadFormat>('tfjs');
  const hasSome = value !== undefined && value.length > 0;
  return (
    <Card title="Checkpoints" aside={hasSome && <FormatChoice format={format} onChoice={setFormat} />}>
      {message && <p class="soft">{message}</p>}
      {value?.length === 0 && <p class="soft">None yet.</p>}
      {hasSome && (
        <Scroll label="Table of checkpoints" class="checkpoint-table">
          <table class="table">
            <thead>
              <tr>
                <th scope="col" class="number">
                  Step
                </th>
                <th scope="col" class="number">
                  Loss
                </th>
                <th scope="col" class="number">
                  Held out
                </th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">
                  <span class="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {value.toReversed().map(({ step, loss, heldOutLoss, bytes: size, sha256 }) => (
                <tr key={step} title={`weights ${sha256.slice(0, 12)}…`}>
                  <td class="number">{countText(step)}</td>
                  <td class="number">{natsText(loss)}</td>
                  <td class="number">{natsText(heldOutLoss)}</td>
                  <td class="number">{bytes(size)}</td>
                  <td class="button-row">
                    <a class="button small" href={href(['try', job.id], { checkpoint: String(step) })}>
                      Try it<span class="visually-hidden">, step {step}</span>
                    </a>
                    <a
                      class="icon-button"
                      href={`${base}/v1/jobs/${job.id}/checkpoints/${step}/download?format=${format}`}
                      aria-label={`Download step ${step} as ${formats[format]}`}
                      download
                    >
                      <Icon name="download" />
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <MoreButton list={list} />
    </Card>
  );
}

function FormatChoice({ format, onChoice }: { format: DownloadFormat; onChoice: (format: DownloadFormat) => void }) {
  return (
    <label class="format-choice">
      Download as{' '}
      <select value={format} onChange={({ currentTarget }) => onChoice(currentTarget.value as DownloadFormat)}>
        {Object.entries(formats).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
