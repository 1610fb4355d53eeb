/**
 * The head of a request that can be read without a parser of HTTP, because nothing in it is out of the ordinary: a
 * strict subset of RFC 9112. Whatever is not exactly of this form is left to Node's parser, so that no request is
 * understood here in another way than there.
 */

const requestLine = 'POST /predict HTTP/1.1\r\n';
export const endOfHead = '\r\n\r\n';

/** What a request may say besides; none of it changes its answer. `anything`: any value. */
const anything = /^/;
const forms = new Map([
  ['host', /^[\w.:[\]-]+$/],
  ['content-length', /^[1-9]\d{0,6}$/],
  ['content-type', /^application\/json(; ?charset=utf-8)?$/i],
  ['connection', /^keep-alive$/i],
  ['accept', anything],
  ['accept-encoding', anything],
  ['accept-language', anything],
  ['sec-fetch-mode', /^cors$/],
  ['user-agent', anything],
  // What stands in front of the service says of its own client; nothing here asks for it.
  ['forwarded', anything],
  ['via', anything],
  ['x-forwarded-for', anything],
  ['x-forwarded-host', anything],
  ['x-forwarded-port', anything],
  ['x-forwarded-proto', anything],
  ['x-real-ip', anything],
  ['traceparent', anything],
  ['tracestate', anything],
]);

/** Those that must be there. */
const required = ['host', 'content-length', 'content-type'] as const;

/** A field line without white space or control characters where they do not belong. */
const fieldLine = /^([A-Za-z-]+):[ ]?([!-~]([ -~]*[!-~])?)$/;

export interface PlainHead {
  host: string;
  /** Bytes. */
  contentLength: number;
}

/** @param text all before the empty line, byte for character. @returns undefined: it is for Node's parser to read. */
export function readPlainHead(text: string): PlainHead | undefined {
  if (!text.startsWith(requestLine)) return undefined;
  const found = new Map<string, string>();
  for (const line of text.slice(requestLine.length).split('\r\n')) {
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined) return undefined;
    const key = name.toLowerCase();
    // Twice the same is never plain: which of them counts is for Node to say.
    if (found.has(key) || !forms.get(key)?.test(value)) return undefined;
    found.set(key, value);
  }
  const [host, contentLength, contentType] = required.map((name) => found.get(name));
  if (host === undefined || contentLength === undefined || contentType === undefined) return undefined;
  return { host, contentLength: Number(contentLength) };
}
