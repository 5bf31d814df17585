// The live feed `/api/events`: connects, reads, and connects again with growing pauses.
import { send } from "./http.ts";
import type { Failure } from "./outcome.ts";
import { readEvents, type ServerEvent } from "./sse.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** The gateway sends at least a comment every 15 s; three missed ones mean a dead connection. */
const SILENCE_MS = 45_000;

/** The pause before attempt `attempt` (0, 1, 2 …); `spread` in [0, 1) keeps tabs apart. */
export function pauseBefore(attempt: number, spread: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.75 + spread * 0.25));
}

export interface EventFeed {
  onOpen: () => void;
  onEvent: (event: ServerEvent) => void;
  /** The connection is gone; another try starts in `retryInMs`. */
  onLost: (failure: Failure, retryInMs: number) => void;
}

export interface RunningFeed {
  stop: () => void;
  /** Ends a pause early. */
  retryNow: () => void;
}

export function startFeed(feed: EventFeed): RunningFeed {
  let isStopped = false;
  let wake = () => {};
  let current: AbortController | undefined;

  const run = async () => {
    let attempt = 0;
    while (!isStopped) {
      const controller = new AbortController();
      current = controller;
      let watchdog = 0;
      const feedWatchdog = () => {
        clearTimeout(watchdog);
        watchdog = window.setTimeout(() => controller.abort(), SILENCE_MS);
      };
      feedWatchdog();
      let failure: Failure = { kind: "network", message: "The live connection ended." };
      const sent = await send("/api/events", { signal: controller.signal });
      if (sent.ok && sent.value.body !== null) {
        attempt = 0;
        feed.onOpen();
        const read = await readEvents(
          sent.value.body,
          (event) => {
            feed.onEvent(event);
            return !isStopped;
          },
          feedWatchdog,
        );
        if (!read.ok) failure = read.error;
      } else if (!sent.ok) {
        failure = sent.error;
      }
      clearTimeout(watchdog);
      if (isStopped) return;
      const pauseMs = pauseBefore(attempt++, Math.random());
      feed.onLost(failure, pauseMs);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  void run();
  return {
    stop: () => {
      isStopped = true;
      current?.abort();
      wake();
    },
    retryNow: () => wake(),
  };
}
