/**
 * The fake Azure OpenAI cloud in a test: starts it, scripts it, and tells what it was asked.
 *
 * Needs the program `azure-openai-mock` on the path, or its path in AZURE_OPENAI_MOCK. Works in Vitest, Jest and
 * node:test, with Node.js 18 and newer.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Runs a cloud on a free port, with more arguments of `azure-openai-mock serve` if there are any. */
export async function startMock(...args) {
  const program = process.env.AZURE_OPENAI_MOCK ?? "azure-openai-mock";
  const all = ["serve", "--port", "0", "--control", "--style", "json", "--quiet", ...args];
  const child = spawn(program, all, { stdio: ["ignore", "pipe", "inherit"] });
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), failed]);
  const { azure, common, v1 } = JSON.parse(line);
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${common.AZURE_OPENAI_MOCK_TOKEN}` };
    const url = common.AZURE_OPENAI_MOCK_CONTROL + path;
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  };
  return {
    /** What a client reads to find the cloud. */
    environment: azure,
    endpoint: azure.AZURE_OPENAI_ENDPOINT,
    key: azure.AZURE_OPENAI_API_KEY,
    v1: v1.OPENAI_BASE_URL,
    /** Scripts a reply, in the language of reply files: reply({ text: "Yes.", when: { text: "ready" }, times: 1 }). */
    reply: (reply) => ask("POST", "/replies", reply),
    /** The requests so far, the oldest first. */
    requests: async () => (await ask("GET", "/requests")).requests,
    /** Forgets every request and every reply. */
    reset: () => ask("POST", "/reset"),
    stop: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}
