import { describe, expect, test } from "vitest";
import { decodeReferences, imageInWords, safeLink } from "./links.ts";

describe("safeLink", () => {
  test.each([
    ["https://example.com/a?b#c", "example.com"],
    ["http://example.com:8080/", "example.com:8080"],
    ["https://trusted.example@evil.example/login", "evil.example"],
    ["https://аррӏе.com/", "xn--80ak6aa92e.com"],
    ["HTTPS://EXAMPLE.COM", "example.com"],
    ["mailto:a@b.example", "a@b.example"],
    ["https://[::1]:9/", "[::1]:9"],
  ])("%s leads to %s", (href, host) => {
    expect(safeLink(href)?.host).toBe(host);
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.example/1",
    "/api/vault/lock",
    "#top",
    "//example.com",
    "",
    "mailto:",
  ])("%j stays text", (href) => {
    expect(safeLink(href)).toBeUndefined();
  });
});

test("an image is words, with the host it would have come from", () => {
  expect(imageInWords("https://evil.example/x.png?secret=1", "cat")).toBe(
    "[image: cat from evil.example, not loaded]",
  );
  expect(imageInWords("data:image/png;base64,AA", "")).toBe("[image, not loaded]");
});

test.each([
  ["a &amp; b &lt;c&gt;", "a & b <c>"],
  ["&#39;&#x1F642;", "'🙂"],
  ["&nosuch; &constructor;", "&nosuch; &constructor;"],
  ["&#0;&#xD800;&#9999999;", "\ufffd\ufffd\ufffd"],
])("references in %j become %j", (text, decoded) => {
  expect(decodeReferences(text)).toBe(decoded);
});
