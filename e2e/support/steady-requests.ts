/** Clients that ask over kept-alive connections while something changes behind a URL; tests of load balancers count what fails. */
import { Agent, get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const CLIENTS = 4;
const PAUSE_MS = 5;
const ANSWER_TIMEOUT_MS = 10_000;

export interface SteadyRequests {
  /** Answers by text, and what was no answer. */
  stop(): Promise<{
    readonly answers: ReadonlyMap<string, number>;
    readonly failures: readonly string[];
  }>;
}

export function startRequests(url: string): SteadyRequests {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let going = true;
  const ask = () =>
    new Promise<void>((resolve) => {
      const failed = (why: string) => {
        failures.push(why);
        resolve();
      };
      get(url, { agent, timeout: ANSWER_TIMEOUT_MS }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", (error) => failed(error.message));
        response.on("end", () => {
          if (response.statusCode !== 200) return failed(`status ${response.statusCode}`);
          answers.set(text.trim(), (answers.get(text.trim()) ?? 0) + 1);
          resolve();
        });
      }).on("error", (error) => failed(error.message));
    });
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (going) {
      await ask();
      await delay(PAUSE_MS);
    }
  });
  return {
    async stop() {
      going = false;
      await Promise.all(clients);
      agent.destroy();
      return { answers, failures };
    },
  };
}
