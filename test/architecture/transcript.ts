/**
 * A page's console examples as requests: what was sent, and whether what is shown is what really came back.
 */
import { codeBlocks, type Page } from './pages.ts';

export interface Example {
  command: string;
  /** What the page shows of the answer; `…` stands for what it leaves out. */
  shown: string;
}

export interface CurlRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body: string | FormData | undefined;
  /** The head of the answer is shown too. */
  showsHead: boolean;
  /** The answer goes to a file and is not shown. */
  isDownload: boolean;
}

/** The `curl` examples of a page, in order. */
export function curlExamples(page: Page): Example[] {
  return codeBlocks(page)
    .filter(({ language }) => language === 'console')
    .flatMap(({ text }) =>
      text
        .replaceAll(/ \\\n\s+/g, ' ')
        .split(/^\$ /m)
        .slice(1),
    )
    .map((example) => {
      const [command, ...shown] = example.split('\n');
      return { command, shown: shown.join('\n') };
    })
    .filter(({ command }) => command.startsWith('curl '));
}

/** @param contents those of the files that the pages' commands send, by name. */
export function parseCurl(command: string, contents: Record<string, string>): CurlRequest {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare).slice(1);
  const headers: Record<string, string> = {};
  const form = new FormData();
  let [method, path, flags]: (string | undefined)[] = [undefined, '', ''];
  let body: string | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-H') {
      const [name, value] = words.shift()!.split(': ');
      headers[name] = value;
    } else if (word === '-F' || word === '--form-string') {
      const [, name, value] = /^(\w+)=(.*)$/.exec(words.shift()!)!;
      if (value.startsWith('@')) form.append(name, new Blob([contents[value.slice(1)]]), value.slice(1));
      else form.append(name, value);
    } else if (word === '-d' || word === '--data-binary') body = words.shift();
    else if (word === '-X') method = words.shift();
    else if (word.startsWith('-')) flags += word;
    else path = word.replace(/^localhost:3000/, '');
  }
  const content = body?.startsWith('@') ? contents[body.slice(1)] : body;
  const sent = [...form.keys()].length > 0 ? form : content;
  const isPost = sent !== undefined;
  return {
    method: method ?? (isPost ? 'POST' : 'GET'),
    path: path!,
    headers,
    body: sent,
    showsHead: flags!.includes('i'),
    isDownload: flags!.includes('O'),
  };
}

/** What of `shown` is not in `real`, in order; undefined if all of it is. Times and hashes may be others, fractions differ by a little. */
export function firstUntruth(shown: string, real: string): string | undefined {
  let rest = comparable(real);
  for (const piece of comparable(shown).split('…')) {
    const found = patternOf(piece).exec(rest);
    if (!found || !fractionsOf(piece).every((fraction, i) => Math.abs(fraction - Number(found[i + 1])) < 0.01)) {
      return piece;
    }
    rest = rest.slice(found.index + found[0].length);
  }
  return undefined;
}

/** Without line breaks and indentation, and with the same word for each time and hash. */
function comparable(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/"stepsPerSecond":[\d.]+/g, '"stepsPerSecond":SPEED')
    .replaceAll(/"sha256":"[0-9a-f]+/g, '"sha256":"HASH');
}

const fraction = /-?\d+\.\d+(?:e-?\d+)?/g;

function fractionsOf(piece: string): number[] {
  return [...piece.matchAll(fraction)].map(([text]) => Number(text));
}

function patternOf(piece: string): RegExp {
  const words = piece.split(fraction).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(words.join('(-?\\d+(?:\\.\\d+)?(?:e-?\\d+)?)'));
}
