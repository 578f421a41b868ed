/** Starts moto's server where Python has it, as the peer that answers the same requests from memory. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createEcsClient, type Endpoint } from "./ecs-client.ts";

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 100;
const WAYS: readonly (readonly [string, ...string[]])[] = [["moto_server"], ["python3", "-m", "moto.server"]];

export interface MotoServer {
  readonly endpoint: Endpoint;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Null where moto is not installed. */
export async function startMoto(): Promise<MotoServer | null> {
  for (const [command, ...args] of WAYS) {
    const server = await startWith(command, args);
    if (server) return server;
  }
  return null;
}

async function startWith(command: string, args: readonly string[]): Promise<MotoServer | null> {
  const port = await freePort();
  const child = spawn(command, [...args, "-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "any" },
  };
  const stop = async () => {
    child.kill();
    await ended;
  };
  const answered = await Promise.race([answers(endpoint), ended.then(() => false)]);
  if (answered && child.pid !== undefined) return { endpoint, pid: child.pid, stop };
  await stop();
  return null;
}

async function answers(endpoint: Endpoint): Promise<boolean> {
  const client = createEcsClient(endpoint);
  const deadline = performance.now() + START_TIMEOUT_MS;
  try {
    while (performance.now() < deadline) {
      const answered = await client.call("ListClusters", {}).then(
        () => true,
        () => false,
      );
      if (answered) return true;
      await sleep(POLL_MS);
    }
    return false;
  } finally {
    client.close();
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
