/**
 * Something that is read from the service while it is shown: read again when what it depends on changes, when the
 * service is back after it was away, and when somebody asks for it.
 */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { connection, wordsOf } from '../live/connection.ts';

export interface Remote<T> {
  value?: T;
  /** Why the last reading failed. */
  error?: unknown;
  message?: string;
  reload: () => void;
}

/** @param depends what the reading depends on, as text. */
export function useRemote<T>(read: () => Promise<T>, depends: string): Remote<T> {
  const state = useSignal<{ depends: string; value?: T; error?: unknown }>({ depends });
  const turn = useSignal(0);
  const isAway = connection.value.state === 'away';
  useEffect(() => {
    if (isAway && state.peek().value !== undefined) return;
    let isCurrent = true;
    read().then(
      (value) => {
        if (isCurrent) state.value = { depends, value };
      },
      (error) => {
        if (isCurrent) state.value = { ...state.peek(), depends, error };
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [depends, turn.value, isAway]);
  const { value, error, depends: of } = state.value;
  const reload = () => {
    turn.value++;
  };
  if (of !== depends) return { reload };
  return { value, error, message: error === undefined ? undefined : wordsOf(error), reload };
}
