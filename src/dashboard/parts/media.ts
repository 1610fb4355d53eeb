/**
 * Whether a condition on the window holds, for what styles alone cannot decide.
 */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export function useMedia(condition: string): boolean {
  const holds = useSignal(matchMedia(condition).matches);
  useEffect(() => {
    const media = matchMedia(condition);
    const onChange = () => {
      holds.value = media.matches;
    };
    media.addEventListener('change', onChange);
    return () => media.removeEventListener('change', onChange);
  }, [condition]);
  return holds.value;
}
