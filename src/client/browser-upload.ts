/**
 * An upload in a browser that tells how far it is: fetch cannot, XMLHttpRequest can.
 */
import { errorOfProblem } from './errors.ts';

/** What is used of the browser's class; the types of the code are those of Node. */
declare class XMLHttpRequest {
  responseType: 'json';
  readonly status: number;
  readonly response: unknown;
  readonly upload: { onprogress: ((event: { loaded: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: unknown): void;
  abort(): void;
}

export const isBrowser = 'XMLHttpRequest' in globalThis;

interface BrowserUploadOptions {
  onProgress?: (sentBytes: number) => void;
  signal?: AbortSignal;
}

/** @throws ApiError where it is refused, TypeError where the service cannot be reached, as fetch does. */
export function sendInBrowser<T>(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array | Blob,
  { onProgress, signal }: BrowserUploadOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded }) => onProgress?.(loaded);
    request.onload = () => {
      const { status, response } = request;
      if (status >= 200 && status < 300) resolve(response as T);
      else reject(errorOfProblem(status, response));
    };
    request.onerror = () => reject(new TypeError('The service cannot be reached.'));
    request.onabort = () => reject(signal?.reason);
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
}
