/**
 * Copies a text to the clipboard.
 */
import { Icon } from './icons.tsx';
import { toast } from './toasts.tsx';

export function CopyButton({ text, what }: { text: string; what: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast(`Copied ${what}.`);
    } catch {
      // Browsers keep the clipboard from pages that came without TLS, but for those of the machine itself.
      toast('The browser does not let this page copy: select the text and copy it yourself.', { isError: true });
    }
  };
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      <Icon name="copy" /> Copy<span class="visually-hidden"> {what}</span>
    </button>
  );
}
