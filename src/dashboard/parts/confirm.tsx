/**
 * Asks before something that cannot be taken back.
 */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

interface Question {
  title: string;
  text: string;
  action: string;
  answer: (isConfirmed: boolean) => void;
}

const question = signal<Question | null>(null);

export function confirmed(title: string, text: string, action: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      title,
      text,
      action,
      answer: (isConfirmed) => {
        question.value = null;
        resolve(isConfirmed);
      },
    };
  });
}

export function ConfirmDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = question.value;
  useEffect(() => {
    if (asked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [asked]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="dialog-title" onCancel={() => asked?.answer(false)}>
      {asked && (
        <>
          <h2 id="dialog-title">{asked.title}</h2>
          <p>{asked.text}</p>
          <div class="actions">
            <button type="button" class="button" onClick={() => asked.answer(false)}>
              Keep
            </button>
            <button type="button" class="button danger" onClick={() => asked.answer(true)}>
              {asked.action}
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
