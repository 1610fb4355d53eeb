/**
 * The datasets of the service, and a place to bring another.
 */

import { useSignal } from '@preact/signals';
import type { DatasetSheet } from '../../data/datasets/sheet.ts';
import { ago, bytes, clock, countText } from '../format.ts';
import { wordsOf } from '../live/connection.ts';
import { confirmed } from '../parts/confirm.tsx';
import { Icon } from '../parts/icons.tsx';
import { now } from '../parts/now.ts';
import { Card, Failure, Loading } from '../parts/page-parts.tsx';
import { useRemote } from '../parts/remote.ts';
import { Scroll } from '../parts/scroll.tsx';
import { toast } from '../parts/toasts.tsx';
import { href } from '../routing.ts';
import { client } from '../service.ts';
import { UploadCard } from './upload-card.tsx';

const pageLength = 100;

export function DataPage() {
  const pages = useSignal(1);
  const { value: datasets, message, reload } = useRemote(() => readPages(pages.value), `${pages.value}`);
  return (
    <>
      <div class="page-head">
        <h1>Data</h1>
        {datasets && (
          <span class="soft">
            {countText(datasets.data.length)}
            {datasets.hasMore ? ', and more' : ''}
          </span>
        )}
      </div>
      <UploadCard />
      {message && <Failure message={message} onRetry={reload} />}
      {!datasets && !message && <Loading what="the datasets" />}
      {datasets && datasets.data.length > 0 && (
        <Card title="Datasets">
          <Scroll label="Table of datasets">
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col" class="number">
                    Sequences
                  </th>
                  <th scope="col" class="number">
                    Steps
                  </th>
                  <th scope="col" class="number">
                    Classes
                  </th>
                  <th scope="col" class="number">
                    Size
                  </th>
                  <th scope="col">Created</th>
                  <th scope="col">
                    <span class="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {datasets.data.map((sheet) => (
                  <Row key={sheet.id} sheet={sheet} onRemoved={reload} />
                ))}
              </tbody>
            </table>
          </Scroll>
          {datasets.hasMore && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                pages.value++;
              }}
            >
              More
            </button>
          )}
        </Card>
      )}
    </>
  );
}

async function readPages(pages: number): Promise<{ data: DatasetSheet[]; hasMore: boolean }> {
  const data: DatasetSheet[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const found = await client.datasets({ limit: pageLength, cursor });
    data.push(...found.data);
    if (found.nextCursor === null) return { data, hasMore: false };
    cursor = found.nextCursor;
  }
  return { data, hasMore: true };
}

function Row({ sheet, onRemoved }: { sheet: DatasetSheet; onRemoved: () => void }) {
  const title = sheet.name ?? sheet.id;
  const remove = async () => {
    if (
      !(await confirmed(
        'Delete this dataset?',
        `${title} is deleted from the service. This cannot be undone.`,
        'Delete',
      ))
    )
      return;
    try {
      await client.removeDataset(sheet.id);
      toast(`Deleted: ${title}.`);
      onRemoved();
    } catch (error) {
      toast(wordsOf(error), { isError: true });
    }
  };
  return (
    <tr>
      <th scope="row">
        <a href={href(['data', sheet.id])}>{title}</a>
      </th>
      <td class="number">{countText(sheet.sequences)}</td>
      <td class="number">{countText(sheet.steps)}</td>
      <td class="number">{countText(sheet.labels.names.length)}</td>
      <td class="number">{bytes(sheet.bytes)}</td>
      <td title={clock(sheet.createdAt)}>{ago(sheet.createdAt, now.value)}</td>
      <td class="button-row">
        <a class="button small" href={href(['new'], { dataset: sheet.id })}>
          Train on it<span class="visually-hidden">, {title}</span>
        </a>
        <button type="button" class="icon-button" aria-label={`Delete ${title}`} onClick={() => void remove()}>
          <Icon name="remove" />
        </button>
      </td>
    </tr>
  );
}
