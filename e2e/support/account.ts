/**
 * An account of a test file's own, with an agent of its own if asked, that leaves nothing behind.
 *
 *     const account = await createAccount({ agent: { cpu: 2048, memory: 1024 } });
 *     afterAll(() => account.close());
 */
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { inject } from "vitest";
import { noteAccount } from "./accounts-used.ts";
import { containersOfAccount, removeContainer } from "./engine.ts";
import { deleteAllServices } from "./services.ts";
import { openStack, type Stack } from "./stack.ts";
import { stopAllTasks } from "./tasks.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Clients {
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly iam: IAMClient;
  readonly sts: STSClient;
}

export interface Account extends Clients {
  readonly accountId: string;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** The administrator's exports, as `account create` printed them. */
  readonly env: Readonly<Record<string, string>>;
  readonly stack: Stack;
  /** Clients that sign with another key. */
  clientsFor(
    credentials: Credentials,
    more?: { readonly clockOffsetMs?: number; readonly region?: string },
  ): Clients;
  /** Stops its tasks and its agent; throws when a container of a stopped task still runs. */
  close(): Promise<void>;
}

export interface AccountOptions {
  readonly agent?: { readonly cpu: number; readonly memory: number };
  readonly stack?: Stack;
}

export async function createAccount(options: AccountOptions = {}): Promise<Account> {
  const stack = options.stack ?? openStack(inject("dataDir"));
  const size = options.agent
    ? ["--agent", "--cpu", `${options.agent.cpu}`, "--memory", `${options.agent.memory}`]
    : [];
  const env = parseExports(await stack.roadstead("account", "create", ...size));
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  if (!endpoint || !region || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new Error(`account create printed no complete exports: ${Object.keys(env).join(", ")}`);
  }
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const clientsFor: Account["clientsFor"] = (key, more) =>
    makeClients({ endpoint, region, credentials: key, ...more });
  const clients = clientsFor(credentials);
  const { Account: accountId = "" } = await clients.sts.send(new GetCallerIdentityCommand({}));
  noteAccount(stack.dataDir, accountId);
  return {
    ...clients,
    accountId,
    endpoint,
    region,
    credentials,
    env,
    stack,
    clientsFor,
    async close() {
      const hasAgent = options.agent !== undefined;
      await deleteAllServices(clients.ecs);
      await stopAllTasks(clients.ecs);
      const containers = await containersOfAccount(accountId);
      if (hasAgent) await stack.roadstead("account", "delete-agent", accountId);
      for (const { Id } of containers) await removeContainer(Id);
      const running = containers
        .filter(({ State }) => State === "running")
        .map(({ Names }) => Names.join(" "));
      if (running.length > 0) throw new Error(`containers of stopped tasks still ran: ${running.join(", ")}`);
    },
  };
}

/** One attempt only: a repeated request would hide an error that users would see. */
function makeClients(options: {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly clockOffsetMs?: number;
}): Clients {
  const { endpoint, region, credentials, clockOffsetMs } = options;
  const config = {
    endpoint,
    region,
    credentials,
    maxAttempts: 1,
    ...(clockOffsetMs === undefined ? {} : { systemClockOffset: clockOffsetMs }),
  };
  return {
    ecr: new ECRClient(config),
    ecs: new ECSClient(config),
    iam: new IAMClient(config),
    sts: new STSClient(config),
  };
}

export function parseExports(text: string): Record<string, string> {
  const lines = text.split("\n").flatMap((line) => /^export ([A-Z_]+)=(.*)$/.exec(line) ?? []);
  const found: Record<string, string> = {};
  for (let at = 0; at + 2 < lines.length; at += 3)
    found[lines[at + 1] ?? ""] = (lines[at + 2] ?? "").replace(/^'|'$/g, "");
  return found;
}
