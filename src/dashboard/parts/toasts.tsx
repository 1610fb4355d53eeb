/**
 * Short messages that tell what was done, with a way back where there is one; they are read out, and go by themselves.
 */
import { signal } from '@preact/signals';

interface Toast {
  id: number;
  message: string;
  isError: boolean;
  undo?: () => void;
}

const toasts = signal<readonly Toast[]>([]);
const shownMs = 8_000;
let lastId = 0;

export function toast(message: string, options: { undo?: () => void; isError?: boolean } = {}): void {
  const id = ++lastId;
  toasts.value = [...toasts.value.slice(-3), { id, message, isError: options.isError ?? false, undo: options.undo }];
  setTimeout(() => dismiss(id), shownMs);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, message, isError, undo }) => (
        <div key={id} class={`toast ${isError ? 'is-error' : ''}`}>
          <span>{message}</span>
          {undo && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                dismiss(id);
                undo();
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="button small plain" onClick={() => dismiss(id)}>
            Close
          </button>
        </div>
      ))}
    </div>
  );
}
