/** Credentials and clients of a stack's first account; workloads work through it. */
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import type { ClientConfiguration } from "../e2e/support/balancers.ts";
import type { Stack } from "../e2e/support/stack.ts";
import { settingOf } from "./processes.ts";

const FIRST_ACCOUNT_ID = "000000000000";
/** A dead process answers nothing; then the connection is refused or reset, and only rarely silent. */
const REQUEST_TIMEOUT_MS = 25_000;

export interface StackClient {
  readonly stack: Stack;
  readonly ecs: ECSClient;
  readonly ecr: ECRClient;
  /** For clients of other services. */
  readonly configuration: ClientConfiguration;
  readonly accountId: string;
  readonly databaseUrl: string;
}

export async function connectTo(stack: Stack): Promise<StackClient> {
  const exports = await stack.roadstead("env");
  const value = (name: string) => new RegExp(`^export ${name}='?([^'\n]*)`, "m").exec(exports)?.[1] ?? "";
  const config = {
    endpoint: value("AWS_ENDPOINT_URL"),
    region: value("AWS_REGION"),
    credentials: { accessKeyId: value("AWS_ACCESS_KEY_ID"), secretAccessKey: value("AWS_SECRET_ACCESS_KEY") },
    maxAttempts: 1,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS },
  };
  return {
    stack,
    ecs: new ECSClient(config),
    ecr: new ECRClient(config),
    configuration: config,
    accountId: FIRST_ACCOUNT_ID,
    databaseUrl: settingOf(stack.dataDir, "ROADSTEAD_DATABASE_URL"),
  };
}
