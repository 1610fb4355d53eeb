/**
 * Dark or light: as the system says, unless somebody chose here.
 */
import { computed, signal } from '@preact/signals';

type Theme = 'light' | 'dark';

const storageKey = 'lookback-theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<Theme>(systemDark.matches ? 'dark' : 'light');
const chosen = signal<Theme | null>(readChosen());

systemDark.addEventListener('change', ({ matches }) => {
  systemTheme.value = matches ? 'dark' : 'light';
});

export const theme = computed<Theme>(() => chosen.value ?? systemTheme.value);

/** A browser may refuse to keep anything. */
function readChosen(): Theme | null {
  try {
    const kept = localStorage.getItem(storageKey);
    return kept === 'light' || kept === 'dark' ? kept : null;
  } catch {
    return null;
  }
}

/** Keeps the attribute that the styles go by as the theme is. */
export function applyTheme(): void {
  theme.subscribe((value) => {
    document.documentElement.dataset.theme = value;
  });
}

export function toggleTheme(): void {
  const next: Theme = theme.value === 'dark' ? 'light' : 'dark';
  // What the system says is followed again, also when it changes.
  chosen.value = next === systemTheme.value ? null : next;
  try {
    if (chosen.value === null) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, chosen.value);
  } catch {
    // Without storage the choice holds until the page is left.
  }
}
