/**
 * An EventSource that always comes back. A browser gives up for good when it is answered with anything but 200, as by a
 * proxy while the service starts again; and it allows few connections at once, so a page that nobody looks at holds none.
 */

export interface StreamListener {
  /** Where to continue: asked each time that the stream is opened. */
  url: () => string;
  types: readonly string[];
  onEvent(type: string, data: Record<string, unknown>, id: number): void;
  /** The stream is open. */
  onOpen?(): void;
  /** It broke, and is being opened again. */
  onAway?(): void;
}

const shortestPauseMs = 500;
const longestPauseMs = 5_000;

/** Opens it; what is returned closes it for good. */
export function openEventStream(listener: StreamListener): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pauseMs = shortestPauseMs;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };

  const open = () => {
    close();
    const opened = new EventSource(listener.url());
    source = opened;
    opened.addEventListener('open', () => {
      pauseMs = shortestPauseMs;
      listener.onOpen?.();
    });
    opened.addEventListener('error', () => {
      if (source !== opened) return;
      listener.onAway?.();
      // Otherwise the browser itself comes back, with the id of the last event.
      if (opened.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, pauseMs);
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    });
    for (const type of listener.types) {
      opened.addEventListener(type, ({ data, lastEventId }: MessageEvent<string>) => {
        if (source === opened) listener.onEvent(type, JSON.parse(data), Number(lastEventId));
      });
    }
  };

  const onVisibility = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', onVisibility);
  if (!document.hidden) open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
