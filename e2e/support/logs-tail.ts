/** Follows a log group with `aws logs tail --follow`, as a user does who watches a service. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Account } from "./account.ts";
import { awsCliArguments, awsCliEnvironment, findAwsCli } from "./aws-cli.ts";

/** Why it cannot be used, or null: only version 2 has it. */
export function logsTailMissing(): string | null {
  const found = findAwsCli();
  if ("missing" in found) return found.missing;
  return found.major >= 2 ? null : `${found.version} has no \`aws logs tail\`: that takes version 2`;
}

export interface TailedLine {
  readonly text: string;
  /** When it was printed. */
  readonly atMs: number;
}

export interface Tail {
  /** What was printed so far. */
  readonly printed: readonly TailedLine[];
  readonly complaints: () => string;
  /** Ends it as Control-C does. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 20_000;

export function tailGroup(
  account: Pick<Account, "env" | "endpoint">,
  group: string,
  ...args: readonly string[]
): Tail {
  const command = awsCliArguments(account, ["logs", "tail", group, "--follow", ...args]);
  const child = spawn("aws", command, {
    // As many attempts as it makes of itself: it is to outlive a store that is away for a while.
    env: { ...awsCliEnvironment(account.env), AWS_MAX_ATTEMPTS: "3" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: TailedLine[] = [];
  let complaints = "";
  createInterface(child.stdout).on("line", (text) => printed.push({ text, atMs: Date.now() }));
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const closed = once(child, "close");
  return {
    printed,
    complaints: () => complaints,
    async stop() {
      child.kill("SIGINT");
      const killing = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await closed;
      clearTimeout(killing);
    },
  };
}
