/** The faults that are injected: a process killed, Redis emptied, the Docker Engine restarted. kill-each-process.ts picks among them. */
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "../e2e/support/stack.ts";

export const VICTIMS = ["api", "agent-gateway", "scheduler", "agent", "postgres", "redis"] as const;
export type Victim = (typeof VICTIMS)[number];

const RESTART_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

export async function pidOf(stack: Stack, name: string): Promise<number> {
  const found = (await stack.status()).processes.find((process) => process.name === name);
  if (!found?.pid) throw new Error(`${name} does not run`);
  return found.pid;
}

/** Returns when another process of that name is ready. */
export async function untilRestarted(stack: Stack, name: string, killedPid: number): Promise<void> {
  const deadline = Date.now() + RESTART_TIMEOUT_MS;
  for (;;) {
    const found = (await stack.status()).processes.find((process) => process.name === name);
    if (found?.ready && found.pid !== killedPid) return;
    if (Date.now() > deadline) throw new Error(`${name} did not come back: ${found?.detail}`);
    await delay(POLL_MS);
  }
}

export function killNow(pid: number): void {
  process.kill(pid, "SIGKILL");
}

/** FLUSHALL on the Redis that the stack's processes use; it may itself be on its way back. */
export async function flushRedis(stack: Stack): Promise<void> {
  const deadline = Date.now() + RESTART_TIMEOUT_MS;
  for (;;) {
    try {
      return await flushNow(stack);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

function flushNow({ dataDir }: Stack): Promise<void> {
  const { hostname, port, password } = new URL(redisUrl(dataDir));
  const login = password === "" ? "" : `AUTH ${decodeURIComponent(password)}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port || 6_379) });
    let reply = "";
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("Redis closed the connection")));
    socket.on("data", (chunk) => {
      reply += chunk.toString();
      const lines = reply.split("\r\n").filter((line) => line !== "");
      if (lines.some((line) => line.startsWith("-"))) socket.destroy(new Error(`Redis: ${reply}`));
      else if (lines.length === (login === "" ? 1 : 2)) {
        socket.end();
        resolve();
      }
    });
    socket.write(`${login}FLUSHALL\r\n`);
  });
}

/** From what the launcher asked its supervisor to start. */
function redisUrl(dataDir: string): string {
  const desired = JSON.parse(readFileSync(join(dataDir, "run", "desired.json"), "utf8")) as {
    readonly processes: readonly { readonly env: Readonly<Record<string, string>> }[];
  };
  const url = desired.processes.map(({ env }) => env.ROADSTEAD_REDIS_URL).find((found) => found);
  if (!url) throw new Error("no process of the stack knows a Redis");
  return url;
}
