/**
 * Brings a file to the service: dropped or chosen, its columns named where it is CSV; its mistakes are shown at their lines.
 */
import { useSignal } from '@preact/signals';
import { ApiError } from '../../client/client.ts';
import { bytes, percentText } from '../../text/figures.ts';
import { wordsOf } from '../live/connection.ts';
import { Icon } from '../parts/icons.tsx';
import { Card } from '../parts/page-parts.tsx';
import { go } from '../routing.ts';
import { client } from '../service.ts';
import { type ColumnRoles, CsvColumns } from './csv-columns.tsx';
import { columnsOf, type Format, formatOf, guessMapping, textOfLines } from './upload.ts';

interface Mistake {
  path: string;
  message: string;
  line?: number;
  text?: string;
}

type State =
  | { status: 'waiting' }
  | { status: 'columns'; file: File; columns: ColumnRoles }
  | { status: 'sending'; file: File; share: number; abort: AbortController }
  | { status: 'refused'; file: File; message: string; mistakes: readonly Mistake[] };

export function UploadCard() {
  const state = useSignal<State>({ status: 'waiting' });
  const isOver = useSignal(false);

  const send = async (file: File, format: Format, columns?: ColumnRoles) => {
    const abort = new AbortController();
    state.value = { status: 'sending', file, share: 0, abort };
    try {
      const mapping = columns && mappingOf(columns);
      const name = file.name.slice(0, 200);
      const onProgress = (sentBytes: number) => {
        const share = file.size > 0 ? sentBytes / file.size : 1;
        if (state.peek().status === 'sending') state.value = { status: 'sending', file, share, abort };
      };
      const request = format === 'csv' ? { format, name, mapping: mapping! } : { format, name };
      const sheet = await client.uploadDataset(file, request, { onProgress, signal: abort.signal });
      go(['data', sheet.id]);
    } catch (error) {
      state.value = abort.signal.aborted
        ? { status: 'waiting' }
        : { status: 'refused', file, message: wordsOf(error), mistakes: await mistakesOf(error, file) };
    }
  };

  const take = async (file: File | undefined | null) => {
    if (!file) return;
    const format = formatOf(file);
    if (format === 'ndjson') return send(file, format);
    const { columns, delimiter } = await columnsOf(file);
    const guess = guessMapping(columns);
    const features = columns.filter((name) => name !== guess.sequence && name !== guess.step && name !== guess.label);
    state.value = {
      status: 'columns',
      file,
      columns: { ...guess, all: columns, features, values: 'numbers', delimiter },
    };
  };

  const now = state.value;
  return (
    <Card title="Bring a file">
      <div
        class={`drop ${isOver.value ? 'is-over' : ''}`}
        role="presentation"
        onDragOver={(event) => {
          event.preventDefault();
          isOver.value = true;
        }}
        onDragLeave={() => {
          isOver.value = false;
        }}
        onDrop={(event) => {
          event.preventDefault();
          isOver.value = false;
          void take(event.dataTransfer?.files[0]);
        }}
      >
        <Icon name="upload" />
        <p>
          Drop an NDJSON or CSV file here, or{' '}
          <label class="button small">
            choose one
            <input
              class="visually-hidden"
              type="file"
              accept=".ndjson,.jsonl,.csv,.tsv"
              onChange={({ currentTarget }) => {
                void take(currentTarget.files?.[0]);
                currentTarget.value = '';
              }}
            />
          </label>
        </p>
        <p class="soft small-text">
          NDJSON: a sequence a line, <code>{'{"x": [0, 1, 1], "y": ["a", null, "b"]}'}</code>. CSV: a step a line.
        </p>
      </div>
      {now.status === 'columns' && (
        <CsvColumns
          file={now.file}
          columns={now.columns}
          onChange={(columns) => {
            state.value = { ...now, columns };
          }}
          onSend={() => void send(now.file, 'csv', now.columns)}
        />
      )}
      {now.status === 'sending' && (
        <div class="sending">
          <p role="status">
            {now.share < 1
              ? `Sending ${now.file.name}: ${percentText(now.share)} of ${bytes(now.file.size)}`
              : `Reading ${now.file.name} …`}
          </p>
          <progress max={1} value={now.share < 1 ? now.share : undefined} aria-label="Upload" />
          <button type="button" class="button small" onClick={() => now.abort.abort()}>
            Stop
          </button>
        </div>
      )}
      {now.status === 'refused' && <Refusal {...now} />}
    </Card>
  );
}

function Refusal({ file, message, mistakes }: Extract<State, { status: 'refused' }>) {
  return (
    <div class="refusal" role="alert">
      <p class="notice is-error">
        <strong>{file.name}</strong> {mistakes.length === 0 ? message : 'was refused; nothing of it was kept.'}
      </p>
      <ol class="mistakes">
        {mistakes.map(({ path, message: what, line, text }) => (
          <li key={`${path} ${what}`}>
            <p>
              <code>{path}</code> {what}
            </p>
            {text !== undefined && (
              <pre class="code mistake-line">
                <span class="line-number">{line}</span> {text.length > 160 ? `${text.slice(0, 160)}…` : text}
              </pre>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

async function mistakesOf(error: unknown, file: File): Promise<Mistake[]> {
  if (!(error instanceof ApiError)) return [];
  const mistakes = error.errors.map(({ path, message }): Mistake => {
    const [, line] = /^line (\d+)/.exec(path) ?? [];
    return { path, message, line: line === undefined ? undefined : Number(line) };
  });
  const lines = await textOfLines(
    file,
    mistakes.flatMap(({ line }) => line ?? []),
  ).catch(() => new Map<number, string>());
  return mistakes.map((mistake) => ({ ...mistake, text: lines.get(mistake.line ?? 0) }));
}

function mappingOf({ sequence, step, features, label, values, delimiter }: ColumnRoles) {
  return { sequence, ...(step ? { step } : {}), features, label, values, delimiter };
}
