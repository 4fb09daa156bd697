import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startMock } from "./azure-openai-mock.mjs";

const mock = await startMock();
beforeEach(() => mock.reset());
after(() => mock.stop());

async function ask(question) {
  const url = `${mock.endpoint}/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21`;
  const body = JSON.stringify({ messages: [{ role: "user", content: question }] });
  return fetch(url, { method: "POST", headers: { "api-key": mock.key }, body });
}

test("the application tries again when it is told to wait", async () => {
  await mock.reply({ error: "rate_limit", retry_after_ms: 5, times: 1 });
  await mock.reply({ text: "It is 18 °C in Oslo." });
  assert.equal((await ask("How is the weather?")).status, 429);
  assert.equal((await (await ask("How is the weather?")).json()).choices[0].message.content, "It is 18 °C in Oslo.");
  assert.equal((await mock.requests()).length, 2);
});

test("a mistake in a reply is named", async () => {
  await assert.rejects(mock.reply({ txt: "a" }), /unknown field `txt`/);
});
