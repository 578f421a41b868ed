/** Runs one more agent of an account on this machine, with a key of the account's, as on a machine of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeContainerInstancesCommand, ListContainerInstancesCommand } from "@aws-sdk/client-ecs";
import { vi } from "vitest";
import type { Account } from "./account.ts";
import { dockerSocket } from "./engine.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "services", "agent", "src", "main.ts");
const CONNECT_TIMEOUT_MS = 90_000;
const OUTPUT_MAX_CHARS = 8_000;

export interface SecondAgent {
  readonly containerInstanceArn: string;
  stop(): Promise<void>;
}

export async function startSecondAgent(
  account: Account,
  size: { readonly cpu: number; readonly memory: number },
  env: Readonly<Record<string, string>> = {},
): Promise<SecondAgent> {
  const cluster = env.ROADSTEAD_CLUSTER ?? "default";
  const known = await instancesOf(account, cluster);
  const folder = await mkdtemp(join(tmpdir(), "roadstead-agent-"));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", PROGRAM], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      ROADSTEAD_AGENT_DATA_DIR: folder,
      ROADSTEAD_API_URL: account.endpoint,
      AWS_REGION: account.region,
      AWS_ACCESS_KEY_ID: account.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: account.credentials.secretAccessKey,
      ROADSTEAD_CLUSTER: cluster,
      ROADSTEAD_DOCKER_SOCKET: dockerSocket(),
      ROADSTEAD_AGENT_CPU: String(size.cpu),
      ROADSTEAD_AGENT_MEMORY_MIB: String(size.memory),
      ROADSTEAD_AGENT_PULL_BEHAVIOR: "prefer-cached",
      ROADSTEAD_AGENT_STOP_TIMEOUT_MS: "3000",
      ROADSTEAD_OPS_PORT: "0",
      ...env,
    },
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_MAX_CHARS);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const containerInstanceArn = await vi.waitFor(() => connected(account, cluster, known), {
      timeout: CONNECT_TIMEOUT_MS,
      interval: 200,
    });
    return { containerInstanceArn, stop };
  } catch (error) {
    await stop();
    throw new Error(`the second agent did not connect:\n${output}`, { cause: error });
  }
}

async function connected(account: Account, cluster: string, known: readonly string[]): Promise<string> {
  const added = (await instancesOf(account, cluster)).filter((arn) => !known.includes(arn));
  if (added.length === 0) throw new Error("not registered yet");
  const described = await account.ecs.send(
    new DescribeContainerInstancesCommand({ cluster, containerInstances: added }),
  );
  const found = described.containerInstances?.find(({ agentConnected }) => agentConnected);
  if (!found?.containerInstanceArn) throw new Error("registered, but not connected yet");
  return found.containerInstanceArn;
}

const instancesOf = async ({ ecs }: Account, cluster: string): Promise<readonly string[]> =>
  (await ecs.send(new ListContainerInstancesCommand({ cluster }))).containerInstanceArns ?? [];
