// A model's Markdown as elements. Only the elements named in this file can appear, none with an address,
// a style or a class that the text chose; HTML in the text is shown as text.
import type { Token, Tokens } from "marked";
import type { ComponentChildren, VNode } from "preact";
import { useRef } from "preact/hooks";
import { memo } from "../kit/memo.ts";
import { BlockLexer } from "./blocks.ts";
import { CodeBlock } from "./code-block.tsx";
import { ExternalLink } from "./external-link.tsx";
import { decodeReferences, imageInWords, safeLink } from "./links.ts";

export const Markdown = memo(({ source, isGrowing }: { source: string; isGrowing: boolean }) => {
  const lexer = useRef<BlockLexer>(undefined);
  lexer.current ??= new BlockLexer();
  const blocks = lexer.current.update(source, !isGrowing);
  const levels = headingLevels(blocks);
  return (
    <div class="markdown">
      {blocks.map((token, index) => (
        <Block
          key={index}
          token={token}
          level={levels[index] ?? FIRST_LEVEL}
          isOpen={isGrowing && index === blocks.length - 1}
        />
      ))}
    </div>
  );
});

/** The page owns h1 and h2; an answer's headings start below. */
const FIRST_LEVEL = 3;

/** The level of each heading block, so that none is more than one below the heading before it. */
export function headingLevels(blocks: readonly Token[]): (number | undefined)[] {
  let previous = FIRST_LEVEL - 1;
  return blocks.map((token) => {
    if (token.type !== "heading") return undefined;
    const wanted = Math.max(FIRST_LEVEL, (token as Tokens.Heading).depth + 1);
    previous = Math.min(wanted, previous + 1, 6);
    return previous;
  });
}

const Block = memo(({ token, level, isOpen }: { token: Token; level: number; isOpen: boolean }) => {
  if (token.type !== "heading") return drawBlock(token, isOpen);
  const Level = (["h3", "h4", "h5", "h6"] as const)[level - FIRST_LEVEL] ?? "h6";
  return <Level dir="auto">{drawInlines((token as Tokens.Heading).tokens)}</Level>;
});

function drawBlocks(tokens: readonly Token[] | undefined): ComponentChildren {
  return (tokens ?? []).map((token) => drawBlock(token, false));
}

// The lexer's `Token` is a union with an open member, so a case must name its type: the `type` field is
// what the lexer itself switches on.
function drawBlock(token: Token, isOpen: boolean): VNode | string | null | ComponentChildren {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "hr":
      return <hr />;
    case "heading":
      // Within a list or quotation: it looks like one, and stays out of the outline.
      return (
        <p>
          <strong>{drawInlines((token as Tokens.Heading).tokens)}</strong>
        </p>
      );
    case "paragraph":
      return <p dir="auto">{drawInlines((token as Tokens.Paragraph).tokens)}</p>;
    case "text": {
      const text = token as Tokens.Text;
      return text.tokens === undefined ? decodeReferences(text.text) : drawInlines(text.tokens);
    }
    case "code": {
      const code = token as Tokens.Code;
      return <CodeBlock code={code.text} language={code.lang ?? ""} isOpen={isOpen} />;
    }
    case "blockquote":
      return <blockquote dir="auto">{drawBlocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "list":
      return drawList(token as Tokens.List);
    case "table":
      return drawTable(token as Tokens.Table);
    default:
      return <p class="literal">{token.raw.trimEnd()}</p>;
  }
}

function drawList(list: Tokens.List): VNode {
  const items = list.items.map((item) => (
    <li class={item.task ? "task" : undefined}>
      {item.task && <span class="task-mark">{item.checked === true ? "☑ " : "☐ "}</span>}
      {drawBlocks(item.tokens.filter((token) => token.type !== "checkbox"))}
    </li>
  ));
  if (!list.ordered) return <ul dir="auto">{items}</ul>;
  return (
    <ol dir="auto" start={typeof list.start === "number" ? list.start : 1}>
      {items}
    </ol>
  );
}

function drawTable(table: Tokens.Table): VNode {
  const align = (cell: Tokens.TableCell) =>
    cell.align === "right" || cell.align === "center" ? `align-${cell.align}` : undefined;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell) => (
              <th class={align(cell)}>{drawInlines(cell.tokens)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td class={align(cell)}>{drawInlines(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function drawInlines(tokens: readonly Token[] | undefined): ComponentChildren {
  return (tokens ?? []).map(drawInline);
}

function drawInline(token: Token): ComponentChildren {
  switch (token.type) {
    case "strong":
      return <strong>{drawInlines((token as Tokens.Strong).tokens)}</strong>;
    case "em":
      return <em>{drawInlines((token as Tokens.Em).tokens)}</em>;
    case "del":
      return <del>{drawInlines((token as Tokens.Del).tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "escape":
      return (token as Tokens.Escape).text;
    case "text": {
      const text = token as Tokens.Text;
      return text.tokens === undefined ? decodeReferences(text.text) : drawInlines(text.tokens);
    }
    case "link": {
      const link = token as Tokens.Link;
      const target = safeLink(link.href);
      if (target === undefined) return link.raw;
      return (
        <ExternalLink target={target} text={link.text}>
          {drawInlines(link.tokens)}
        </ExternalLink>
      );
    }
    case "image": {
      const image = token as Tokens.Image;
      return <span class="remote-image">{imageInWords(image.href, image.text)}</span>;
    }
    case "html":
      return /^<br\s*\/?>$/i.test(token.raw.trim()) ? <br /> : token.raw;
    default:
      return token.raw;
  }
}
