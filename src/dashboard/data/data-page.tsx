/**
 * The datasets of the service, and a place to bring another.
 */
import type { DatasetSheet } from '../../data/datasets/sheet.ts';
import { ago, bytes, clock, countText } from '../../text/figures.ts';
import { wordsOf } from '../live/connection.ts';
import { confirmed } from '../parts/confirm.tsx';
import { Icon } from '../parts/icons.tsx';
import { now } from '../parts/now.ts';
import { Card, Failure, Loading } from '../parts/page-parts.tsx';
import { MoreButton, usePages } from '../parts/pages.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { toast } from '../parts/toasts.tsx';
import { href } from '../routing.ts';
import { client } from '../service.ts';
import { UploadCard } from './upload-card.tsx';

export function DataPage() {
  const list = usePages((page) => client.datasets(page), 'datasets');
  const { items: datasets, message, reload } = list;
  return (
    <>
      <div class="page-head">
        <h1>Data</h1>
        {datasets && (
          <span class="soft">
            {countText(datasets.length)}
            {list.hasMore ? ', and more' : ''}
          </span>
        )}
      </div>
      <UploadCard />
      {message && <Failure message={message} onRetry={reload} />}
      {!datasets && !message && <Loading what="the datasets" />}
      {datasets && datasets.length > 0 && (
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
                  <th scope="col" class="number wide-only">
                    Classes
                  </th>
                  <th scope="col" class="number wide-only">
                    Size
                  </th>
                  <th scope="col" class="wide-only">
                    Created
                  </th>
                  <th scope="col">
                    <span class="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {datasets.map((sheet) => (
                  <Row key={sheet.id} sheet={sheet} onRemoved={reload} />
                ))}
              </tbody>
            </table>
          </Scroll>
          <MoreButton list={list} />
        </Card>
      )}
    </>
  );
}

function Row({ sheet, onRemoved }: { sheet: DatasetSheet; onRemoved: () => void }) {
  const title = sheet.name ?? sheet.id;
  const remove = async () => {
    if (
      !(await confirmed(
        `Delete ${title}?`,
        'The dataset is deleted from the service. This cannot be undone.',
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
      <td class="number wide-only">{countText(sheet.labels.names.length)}</td>
      <td class="number wide-only">{bytes(sheet.bytes)}</td>
      <td class="wide-only" title={clock(sheet.createdAt)}>
        {ago(sheet.createdAt, now.value)}
      </td>
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
