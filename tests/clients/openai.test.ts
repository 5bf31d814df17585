// The official npm client of OpenAI, unchanged, against a running system whose starter model is admitted.
// SECAI_TEST_URL: the gateway. SECAI_TEST_MODEL: the model's name.
import assert from "node:assert/strict";
import { test } from "node:test";

import OpenAI from "openai";

const url = process.env["SECAI_TEST_URL"];
const model = process.env["SECAI_TEST_MODEL"];
assert(url !== undefined && model !== undefined, "SECAI_TEST_URL and SECAI_TEST_MODEL are needed");

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "placeholder", maxRetries: 0 });
const capital = [{ role: "user" as const, content: "Name the capital of France." }];

test("lists the admitted model", async () => {
  const models = await client.models.list();
  assert.ok(models.data.some((entry) => entry.id === model));
  assert.equal((await client.models.retrieve(model)).id, model);
});

test("answers a question, greedily the same each time", async () => {
  const answer = await client.chat.completions.create({
    model,
    messages: capital,
    temperature: 0,
    max_tokens: 32,
  });
  assert.equal(answer.choices[0]?.message.content, "The capital of France is Paris.");
  assert.equal(answer.choices[0]?.finish_reason, "stop");
  assert.ok((answer.usage?.prompt_tokens ?? 0) > 0);
  assert.equal(
    answer.usage?.total_tokens,
    (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
  );
});

test("streams the same answer, with usage at the end", async () => {
  const stream = await client.chat.completions.create({
    model,
    messages: capital,
    temperature: 0,
    max_tokens: 32,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let finish: string | null = null;
  let completionTokens = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    finish = chunk.choices[0]?.finish_reason ?? finish;
    completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
  }
  assert.equal(text, "The capital of France is Paris.");
  assert.equal(finish, "stop");
  assert.ok(completionTokens > 0);
});

test("ends at max_tokens and at a stop text", async () => {
  const short = await client.chat.completions.create({
    model,
    messages: capital,
    temperature: 0,
    max_tokens: 3,
  });
  assert.equal(short.choices[0]?.finish_reason, "length");
  assert.equal(short.usage?.completion_tokens, 3);
  const stopped = await client.chat.completions.create({
    model,
    messages: capital,
    temperature: 0,
    max_tokens: 32,
    stop: [" is"],
  });
  assert.equal(stopped.choices[0]?.message.content, "The capital of France");
  assert.equal(stopped.choices[0]?.finish_reason, "stop");
});

test("gives JSON of a schema", async () => {
  const answer = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Give a person as JSON." }],
    temperature: 0,
    max_tokens: 200,
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "person",
        strict: true,
        schema: {
          type: "object",
          properties: { name: { type: "string", maxLength: 20 }, age: { type: "integer" } },
          required: ["name", "age"],
          additionalProperties: false,
        },
      },
    },
  });
  const person: unknown = JSON.parse(answer.choices[0]?.message.content ?? "");
  assert.ok(typeof person === "object" && person !== null);
  assert.deepEqual(Object.keys(person).sort(), ["age", "name"]);
});

test("turns tools into a tool call", async () => {
  const answer = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "What is the weather in Paris?" }],
    temperature: 0,
    max_tokens: 200,
    tool_choice: "required",
    tools: [
      {
        type: "function",
        function: {
          name: "get_weather",
          description: "Get the weather of a city",
          parameters: {
            type: "object",
            properties: { city: { type: "string", maxLength: 20 } },
            required: ["city"],
            additionalProperties: false,
          },
        },
      },
    ],
  });
  const call = answer.choices[0]?.message.tool_calls?.[0];
  assert.equal(answer.choices[0]?.finish_reason, "tool_calls");
  assert.ok(call?.type === "function");
  assert.equal(call.function.name, "get_weather");
  assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)), ["city"]);
});

test("refuses an unknown model with 404, and nonsense with 400", async () => {
  await assert.rejects(
    client.chat.completions.create({ model: "no-such-model", messages: capital }),
    (error: unknown) =>
      error instanceof OpenAI.NotFoundError && error.code === "model_not_found",
  );
  await assert.rejects(
    client.chat.completions.create({ model, messages: capital, temperature: 99 }),
    OpenAI.BadRequestError,
  );
});

test("an aborted stream does not hold up the next request", async () => {
  const stream = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Count from one to one thousand." }],
    max_tokens: 2000,
    stream: true,
  });
  let chunks = 0;
  for await (const chunk of stream) {
    chunks += chunk.choices.length;
    if (chunks > 5) break;
  }
  const next = await client.chat.completions.create({
    model,
    messages: capital,
    temperature: 0,
    max_tokens: 32,
  });
  assert.equal(next.choices[0]?.message.content, "The capital of France is Paris.");
});
