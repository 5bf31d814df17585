// A scripted stand-in for the gateway, for states that the real system cannot produce at will: errors,
// slow streams, hostile answers, long chats. It serves the built page under the gateway's own headers.
// Behaviour that counts is tested against the real system (real/).
import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import * as samples from "./samples.ts";

const DIST = join(import.meta.dirname, "../../../ui/dist");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The headers of every file of the page; docs/api.md and services/gateway/page_headers.h rule. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Writes an answer's stream; the test decides what and when. */
export type ChatScript = (
  stream: ChatStream,
  request: Record<string, unknown>,
) => void | Promise<void>;

export class ChatStream {
  readonly #response: ServerResponse;
  /** The page hung up. */
  isClosed = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("close", () => {
      this.isClosed = true;
    });
    response.writeHead(200, { "Content-Type": "text/event-stream" });
  }

  raw(bytes: string | Uint8Array): void {
    this.#response.write(bytes);
  }

  send(value: unknown): void {
    this.raw(`data: ${JSON.stringify(value)}\n\n`);
  }

  text(content: string): void {
    this.send({ choices: [{ index: 0, delta: { content } }] });
  }

  reasoning(content: string): void {
    this.send({ choices: [{ index: 0, delta: { reasoning_content: content } }] });
  }

  finish(reason = "stop", tokens = 120): void {
    this.send({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    this.send({
      choices: [],
      usage: {
        prompt_tokens: 84,
        completion_tokens: tokens,
        prompt_tokens_details: { cached_tokens: 40 },
      },
      timings: { queue_ms: 3, prompt_ms: 212, decode_ms: 4100, tokens_per_second: 29.3 },
    });
    this.raw("data: [DONE]\n\n");
    this.#response.end();
  }

  cut(): void {
    this.#response.destroy();
  }
}

export class FakeGateway {
  models: unknown[] = [samples.listedModel()];
  claims: unknown[] = [];
  security: unknown = samples.security();
  audit: unknown[] = samples.auditEntries(24);
  chat: ChatScript = (stream) => {
    stream.text("Hello from a scripted model.");
    stream.finish();
  };
  /** Answers by "METHOD /path" that win over the scripted ones. */
  readonly answers = new Map<string, Answer>();
  /** What was asked, as "METHOD /path". */
  readonly asked: string[] = [];
  readonly chatRequests: Record<string, unknown>[] = [];
  uploadedBytes = 0;
  /** Listings wait here after they were made: they can be old when they arrive. */
  holdListings: Promise<void> = Promise.resolve();
  /** Uploads wait here until the test lets them go. */
  holdUploads: Promise<void> = Promise.resolve();
  #server: Server | undefined;
  readonly #feeds = new Set<ServerResponse>();

  async start(): Promise<string> {
    const server = createServer((request, response) => void this.#handle(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }

  emit(event: "claims" | "models" | "registry", data: unknown): void {
    for (const feed of this.#feeds)
      feed.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  dropFeeds(): void {
    for (const feed of this.#feeds) feed.destroy();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    const route = `${request.method} ${url.pathname}`;
    this.asked.push(route);
    const fixed = this.answers.get(route);
    if (fixed !== undefined) {
      request.resume();
      this.#json(response, fixed);
      return;
    }
    if (route === "GET /api/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(": hello\n\n");
      this.#feeds.add(response);
      response.on("close", () => this.#feeds.delete(response));
      return;
    }
    if (route === "POST /api/models/import") {
      for await (const chunk of request) this.uploadedBytes += (chunk as Buffer).length;
      await this.holdUploads;
      this.#json(response, { status: 202, body: { id: "claim-new" } });
      return;
    }
    if (route === "POST /v1/chat/completions") {
      const body = JSON.parse(await readBody(request)) as Record<string, unknown>;
      this.chatRequests.push(body);
      await this.chat(new ChatStream(response), body);
      return;
    }
    request.resume();
    if (route === "GET /api/models") {
      const body = JSON.stringify({ models: this.models, quarantine: this.claims });
      await this.holdListings;
      this.#json(response, { status: 200, body });
    } else if (route === "GET /api/security/status") {
      this.#json(response, { status: 200, body: this.security });
    } else if (route === "GET /api/audit") {
      this.#json(response, { status: 200, body: this.#auditPage(url.searchParams) });
    } else if (route.startsWith("GET /api/models/") && route.endsWith("/estimate")) {
      this.#json(response, { status: 200, body: samples.estimate() });
    } else if (route.endsWith("/verify")) {
      this.#json(response, { status: 200, body: { ok: true, detail: "" } });
    } else if (url.pathname.startsWith("/api/")) {
      this.#json(response, { status: 200, body: { success: true } });
    } else {
      this.#file(url.pathname, response);
    }
  }

  #auditPage(query: URLSearchParams): unknown {
    const limit = Number(query.get("limit") ?? 100);
    const prefix = query.get("event") ?? "";
    const matching = (this.audit as { seq: number; event: string }[]).filter((entry) =>
      entry.event.startsWith(prefix),
    );
    const before = Number(query.get("before") ?? Number.MAX_SAFE_INTEGER);
    const entries = matching.filter((entry) => entry.seq < before).slice(-limit);
    const oldest = entries[0]?.seq ?? 1;
    return { entries, last_seq: this.audit.length, ...(oldest > 1 && { oldest_seq: oldest }) };
  }

  #json(response: ServerResponse, answer: Answer): void {
    response.writeHead(answer.status, { "Content-Type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  }

  #file(path: string, response: ServerResponse): void {
    const file = join(DIST, normalize(path === "/" ? "/index.html" : path));
    if (!file.startsWith(DIST) || !existsSync(file)) {
      this.#json(response, { status: 404, body: { error: "no such page" } });
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { ...PAGE_HEADERS, "Content-Type": type });
    createReadStream(file).pipe(response);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
