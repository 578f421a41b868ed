/** Credentials and a client of a stack's first account; kill-each-process.ts works through it. */
import { ECSClient } from "@aws-sdk/client-ecs";
import type { Stack } from "../e2e/support/stack.ts";
import { container, register, UNTIL_STOPPED } from "../e2e/support/tasks.ts";

export const FIRST_ACCOUNT_ID = "000000000000";
/** A dead process answers nothing; then the connection is refused or reset, and only rarely silent. */
const REQUEST_TIMEOUT_MS = 25_000;

export interface StackClient {
  readonly stack: Stack;
  readonly ecs: ECSClient;
  readonly accountId: string;
  /** A definition whose tasks run until they are stopped. */
  readonly taskDefinition: string;
}

export async function connectTo(stack: Stack): Promise<StackClient> {
  const exports = await stack.roadstead("env");
  const value = (name: string) => new RegExp(`^export ${name}='?([^'\n]*)`, "m").exec(exports)?.[1] ?? "";
  const ecs = new ECSClient({
    endpoint: value("AWS_ENDPOINT_URL"),
    region: value("AWS_REGION"),
    credentials: { accessKeyId: value("AWS_ACCESS_KEY_ID"), secretAccessKey: value("AWS_SECRET_ACCESS_KEY") },
    maxAttempts: 1,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS },
  });
  const taskDefinition = await register(ecs, "chaos", {
    networkMode: "none",
    containerDefinitions: [container(UNTIL_STOPPED, { cpu: 16, memory: 8 })],
  });
  return { stack, ecs, accountId: FIRST_ACCOUNT_ID, taskDefinition };
}
