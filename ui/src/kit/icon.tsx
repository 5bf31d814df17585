// The icons: strokes on a 24 × 24 grid, drawn in the colour of the text around them. They are decoration;
// the words beside them, or the button's label, carry the meaning.

const PATHS = {
  plus: "M12 5v14M5 12h14",
  chat: "M5 5h14a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 19 17h-7l-4.5 3.5V17H5a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 5 5z",
  cube: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  shield: "M12 3l7.5 2.8v5.7c0 4.7-3.1 8-7.5 9.5-4.4-1.5-7.5-4.8-7.5-9.5V5.8z",
  menu: "M4 7h16M4 12h16M4 17h16",
  search: "M11 4.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM16 16l4.5 4.5",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 4v4h-4",
  forward: "M5 12h14M13 6l6 6-6 6",
  edit: "M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4",
  left: "M14.5 6l-6 6 6 6",
  right: "M9.5 6l6 6-6 6",
  down: "M6 9.5l6 6 6-6",
  newest: "M12 5v14M6 13l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 13h8.4L17 7M10.5 11v5.5M13.5 11v5.5",
  upload: "M12 16V4.5M7 9.5l5-5 5 5M5 19.5h14",
  download: "M12 4.5V16M7 11l5 5 5-5M5 19.5h14",
  sliders: "M5 7h8M17 7h2M5 17h2M11 17h8M15 5v4M9 15v4",
  help: "M9.2 9.2a2.9 2.9 0 1 1 4.3 2.5c-1 .6-1.5 1.2-1.5 2.3M12 17.5h.01M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z",
  look: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  check: "M5 12.5l4.5 4.5L19 7.5",
  info: "M12 11v5.5M12 7.5h.01M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z",
  warn: "M12 4l9 16H3zM12 10v4.5M12 17.3h.01",
  tool: "M14.5 6.5a4 4 0 0 1 5-1l-2.7 2.7 1 1 2.7-2.7a4 4 0 0 1-5.5 5L8 18.5a1.8 1.8 0 0 1-2.5-2.5l7-7a4 4 0 0 1 2-2.5z",
  memory: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export type MarkKind = "good" | "info" | "warn" | "bad" | "busy";

const MARKS: Readonly<Record<MarkKind, { outline: string; sign: string }>> = {
  good: { outline: "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19z", sign: "M7.5 12.3l3 3 6-6.3" },
  info: { outline: "M12 2l10 10-10 10L2 12z", sign: "M12 11.5v5M12 7.8h.01" },
  warn: { outline: "M12 2.5l10 18.5H2z", sign: "M12 9.5v5M12 17.7h.01" },
  bad: { outline: "M7.5 2.5h9l5 5v9l-5 5h-9l-5-5v-9z", sign: "M8.5 8.5l7 7M15.5 8.5l-7 7" },
  busy: { outline: "M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19z", sign: "M12 7v5l3.5 2" },
};

/** A state as a shape: circle and tick, diamond, triangle, octagon, clock. Never colour alone. */
export function Mark({ kind }: { kind: MarkKind }) {
  return (
    <svg class={`mark mark-${kind}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path class="mark-outline" d={MARKS[kind].outline} />
      <path class="mark-sign" d={MARKS[kind].sign} />
    </svg>
  );
}
