/** Asks a load balancer on its loopback twin over HTTP or HTTPS, as a client that resolved its name would. */
import { get as getPlain } from "node:http";
import { Agent, type AgentOptions, get } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "./stack.ts";

const ANSWER_TIMEOUT_MS = 30_000;
const CLIENTS = 4;
const PAUSE_MS = 5;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
}

/** Where an account's load balancer of that name listens for this machine's tools. */
export async function twinOf(
  stack: Pick<Stack, "roadstead">,
  accountId: string,
  name: string,
): Promise<string> {
  const listed = await stack.roadstead("lb");
  const line =
    listed.split("\n").find((text) => text.startsWith(`${name} `) && text.includes(accountId)) ?? "";
  const twin = /\b127\.64\.\d+\.\d+\b/.exec(line)?.[0];
  if (!twin) throw new Error(`roadstead lb lists no loopback twin of ${name}:\n${listed}`);
  return twin;
}

export function ask(url: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { timeout: ANSWER_TIMEOUT_MS, ...(agent ? { agent } : {}) };
    const request = (agent ? get : getPlain)(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: text.trim(), location: response.headers.location }),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`${url} did not answer`)));
    request.on("error", reject);
  });
}

/** Believes `ca` alone, and asks for the certificate of `servername`. */
export const trusting = (options: Pick<AgentOptions, "ca" | "servername">): Agent =>
  new Agent({ keepAlive: true, maxSockets: CLIENTS, ...options });

/** Asks again and again until told to stop; gives how often which text came, and what was no answer. */
export function keepAsking(url: string, agent: Agent, { clients: count = CLIENTS, pauseMs = PAUSE_MS } = {}) {
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let going = true;
  const clients = Array.from({ length: count }, async () => {
    while (going) {
      try {
        const { status, text } = await ask(url, agent);
        if (status === 200) answers.set(text, (answers.get(text) ?? 0) + 1);
        else failures.push(`${new Date().toISOString()} status ${status}`);
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${error}`);
      }
      await delay(pauseMs);
    }
  });
  return {
    async stop() {
      going = false;
      await Promise.all(clients);
      return { answers, failures };
    },
  };
}
