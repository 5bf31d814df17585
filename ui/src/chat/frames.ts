// Collects work and does it once per animation frame, however fast it arrives.

export interface FrameBatch {
  /** Asks for `work` at the next frame. */
  schedule: () => void;
  /** Does pending work now: for the end of a stream, and for hidden pages, which get no frames. */
  flush: () => void;
}

type RequestFrame = (callback: () => void) => number;

export function createFrameBatch(
  work: () => void,
  requestFrame: RequestFrame = (callback) => requestAnimationFrame(callback),
): FrameBatch {
  let isPending = false;
  const run = () => {
    if (!isPending) return;
    isPending = false;
    work();
  };
  return {
    schedule: () => {
      if (isPending) return;
      isPending = true;
      requestFrame(run);
    },
    flush: run,
  };
}
