// Every view in every look and width: no axe finding, no policy violation, no sideways scroll; with pictures.
import { after, afterEach, beforeEach, test } from "node:test";
import { FakeGateway } from "./fake/gateway.ts";
import * as samples from "./fake/samples.ts";
import {
  closeBrowser,
  DESKTOP,
  DESKTOP_DARK,
  openPage,
  PHONE,
  PHONE_DARK,
  type TestPage,
  type View,
} from "./support/browser.ts";

let gateway: FakeGateway;
let origin: string;

beforeEach(async () => {
  gateway = new FakeGateway();
  gateway.claims = [samples.claim(6, "RUNNING"), samples.rejectedClaim()];
  gateway.models = [
    samples.listedModel(),
    samples.listedModel({
      name: "Mistral-7B-Instruct-v0.3.Q4_K_M",
      sha256: "7f".repeat(32),
      size: 4_372_812_000,
      parameters: 7_248_023_552,
      quantization: "Q4_K_M",
      context_length: 32_768,
      state: "unloaded",
      trust_level: 4,
      estimate: samples.estimate({ fits: "tight", peak_bytes: 6_100_000_000 }),
    }),
  ];
  gateway.chat = (stream) => {
    stream.reasoning(
      "The person wants a short explanation with an example. I will start from the idea.",
    );
    stream.text(samples.MARKDOWN_ANSWER);
    stream.finish();
  };
  origin = await gateway.start();
});
afterEach(() => gateway.stop());
after(closeBrowser);

async function ask(test: TestPage, text: string): Promise<void> {
  await test.page.getByLabel("Message", { exact: true }).fill(text);
  await test.page.getByRole("button", { name: "Send" }).click();
  await test.page.getByRole("button", { name: "Copy answer" }).last().waitFor();
}

const VIEWS: readonly [string, View][] = [
  ["light", DESKTOP],
  ["dark", DESKTOP_DARK],
  ["phone-light", PHONE],
  ["phone-dark", PHONE_DARK],
];

for (const [name, view] of VIEWS) {
  test(`every view is accessible and fits: ${name}`, async () => {
    const page = await openPage(`${origin}/`, view);
    const check = async (state: string) => {
      await page.assertAccessible(state);
      await page.assertNoSidewaysScroll(state);
      await page.screenshot(`${name}-${state}`);
    };
    await page.page.getByRole("heading", { name: "What is on your mind?" }).waitFor();
    await check("welcome");
    await ask(page, "How does a file system journal survive a power cut?");
    await page.page.locator(".hljs-keyword").first().waitFor();
    await check("chat");
    await page.page.locator(".reasoning summary").click();
    await page.page.locator(".receipt summary").click();
    await page.page.locator(".chat-scroll").evaluate((box) => box.scrollTo(0, 0));
    await check("chat-top");
    await page.page.locator(".strip-item").nth(3).click();
    await check("strip-panel");
    await page.page.keyboard.press("Escape");
    await page.page.keyboard.press("Control+k");
    await page.page.getByRole("combobox", { name: "Search chats" }).fill("jour");
    await check("palette");
    await page.page.keyboard.press("Escape");
    await page.page.keyboard.press("Control+/");
    await check("help");
    await page.page.keyboard.press("Escape");
    await page.page.getByRole("button", { name: "Chat settings" }).click();
    await check("settings");
    await page.page.keyboard.press("Escape");
    await page.page.locator(".switcher").click();
    await check("switcher");
    await page.page.keyboard.press("Escape");
    const places = [
      ["models", ".card"],
      ["audit", ".audit li"],
      ["security", ".check"],
    ] as const;
    for (const [place, content] of places) {
      await page.page.goto(`${origin}/#/${place}`);
      await page.page.locator(content).first().waitFor();
      await check(place);
    }
    await page.page.goto(`${origin}/#/models`);
    await page.page.locator(".card-details summary").first().click();
    await page.page.locator(".page").evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await check("models-end");
    if (view.width < 600) {
      await page.page.getByRole("button", { name: "Show sidebar" }).click();
      await check("sidebar");
    }
    await page.close();
  });
}
