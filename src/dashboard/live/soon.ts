/**
 * Many calls within a moment become one.
 */
export function soon(delayMs: number, run: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      run();
    }, delayMs);
  };
}
