/**
 * A real Chromium, where the machine has one: for the tests, the pictures and the bench of the dashboard.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** What to say where there is none. */
export const noBrowser =
  'no Chromium is installed (Debian: apt-get install chromium), and LOOKBACK_CHROMIUM names none';

/** The program: the one that `LOOKBACK_CHROMIUM` names, or the first on the path; undefined: there is none. */
export function findChromium(): string | undefined {
  const named = process.env.LOOKBACK_CHROMIUM;
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}

/** @throws where there is no Chromium, or it does not start. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(`${noBrowser}.`);
  // Chromium has no sandbox for root. Shared memory is small in containers.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  return chromium.launch({ executablePath, args });
}
