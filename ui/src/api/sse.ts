// A reader for `text/event-stream` (WHATWG HTML, section 9.2.6), over bytes in any split.
//
// Kept: comments are dropped but count as signs of life; a BOM at the start is ignored; CR, LF and CRLF
// end lines, also when CR and LF arrive apart. Left out: `id` and `retry`, which our gateway does not
// send. An event that was not ended by an empty line is not delivered.
import { fail, ok, type Outcome } from "./outcome.ts";

export interface ServerEvent {
  /** The `event:` line, or `message`. */
  name: string;
  data: string;
}

/** Characters one event may hold. A model's longest answer is far below. */
const MAX_EVENT_CHARACTERS = 8 * 1024 * 1024;

export class SseDecoder {
  readonly #decoder = new TextDecoder("utf-8");
  #line = "";
  #previousWasReturn = false;
  #name = "";
  #data: string[] = [];
  #size = 0;

  /** The events completed by these bytes; a failure when one event grows over the limit. */
  feed(bytes: Uint8Array): Outcome<ServerEvent[]> {
    const characters = this.#decoder.decode(bytes, { stream: true });
    const events: ServerEvent[] = [];
    let start = 0;
    for (let index = 0; index < characters.length; index++) {
      const code = characters.charCodeAt(index);
      if (code !== 10 && code !== 13) {
        this.#previousWasReturn = false;
        continue;
      }
      const endsPair = code === 10 && this.#previousWasReturn;
      this.#previousWasReturn = code === 13;
      if (!endsPair) {
        const event = this.#takeLine(this.#line + characters.slice(start, index));
        this.#line = "";
        if (event !== undefined) events.push(event);
      }
      start = index + 1;
    }
    this.#line += characters.slice(start);
    if (this.#line.length + this.#size > MAX_EVENT_CHARACTERS) {
      return fail("shape", "the event stream holds an event that is too large");
    }
    return ok(events);
  }

  #takeLine(line: string): ServerEvent | undefined {
    if (line === "") {
      const event = {
        name: this.#name === "" ? "message" : this.#name,
        data: this.#data.join("\n"),
      };
      const isEmpty = this.#data.length === 0;
      this.#name = "";
      this.#data = [];
      this.#size = 0;
      return isEmpty ? undefined : event;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? "" : line.slice(colon + 1);
    const value = raw.startsWith(" ") ? raw.slice(1) : raw;
    if (field === "event") this.#name = value;
    if (field === "data") {
      this.#data.push(value);
      this.#size += value.length;
    }
    return undefined;
  }
}

/**
 * Reads a stream to its end. `onEvent` may return false to stop early. `onBytes` hears of any bytes,
 * comments included.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: ServerEvent) => boolean,
  onBytes: () => void = () => {},
): Promise<Outcome<void>> {
  const decoder = new SseDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ok(undefined);
      onBytes();
      const events = decoder.feed(value);
      if (!events.ok) return events;
      for (const event of events.value) {
        if (!onEvent(event)) return ok(undefined);
      }
    }
  } catch (error) {
    const isStop = error instanceof DOMException && error.name === "AbortError";
    return isStop
      ? fail("aborted", "Stopped.")
      : fail("network", "The connection broke while the answer was coming.");
  } finally {
    // Frees the connection in every case; a stream that is already closed does not mind.
    void reader.cancel().catch(() => {});
  }
}
