// What a link or image in a model's answer may become.

const OPENABLE = new Set(["http:", "https:", "mailto:"]);

export interface SafeLink {
  /** The whole address in canonical form. */
  url: string;
  /** Where it leads: the host as the network sees it (international names in their xn-- form). */
  host: string;
}

/** The target of a link, or undefined where it must stay text (scripts, data, relative addresses). */
export function safeLink(href: string): SafeLink | undefined {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return undefined;
  }
  if (!OPENABLE.has(url.protocol)) return undefined;
  const host = url.protocol === "mailto:" ? url.pathname : url.host;
  return host === "" ? undefined : { url: url.href, host };
}

/** Words for an image that is not fetched. */
export function imageInWords(href: string, alt: string): string {
  const link = safeLink(href);
  const from = link === undefined ? "" : ` from ${link.host}`;
  return `[image${alt === "" ? "" : `: ${alt}`}${from}, not loaded]`;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  hellip: "…",
  ndash: "–",
  mdash: "—",
  copy: "©",
  times: "×",
};

/** Character references of HTML that people meet in Markdown; others stay as they are. */
export function decodeReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,6}));/g,
    (whole, dec, hex, name) => {
      if (typeof name === "string")
        return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? whole) : whole;
      const code = typeof dec === "string" ? Number(dec) : Number.parseInt(String(hex), 16);
      const isSurrogate = code >= 0xd800 && code <= 0xdfff;
      return code > 0 && code <= 0x10ffff && !isSurrogate ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}
