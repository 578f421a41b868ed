/** Runs the AWS CLI of this machine, unmodified, as a user would after `eval "$(./roadstead env)"`. */
import { execFile, execFileSync } from "node:child_process";
import type { Account } from "./account.ts";

const TIMEOUT_MS = 180_000;
const OUTPUT_MAX_BYTES = 8 * 1024 * 1024;

/** Version 2 says of every error that this was the last attempt, since there is one only. */
const ONLY_ATTEMPT = " (reached max retries: 0)";

/** Its version, or why it cannot be used. */
export function findAwsCli():
  | { readonly version: string; readonly major: number }
  | { readonly missing: string } {
  try {
    const version = execFileSync("aws", ["--version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
    return { version, major: Number(/^aws-cli\/(\d+)/.exec(version)?.[1] ?? 0) };
  } catch (error) {
    return {
      missing: `no \`aws\` on the PATH (${error instanceof Error ? error.message.split("\n")[0] : error})`,
    };
  }
}

/** Why it cannot be used, or null. */
export function awsCliMissing(): string | null {
  const found = findAwsCli();
  return "missing" in found ? found.missing : null;
}

export interface CliAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const awsCli =
  (account: Pick<Account, "env" | "endpoint">) =>
  (...args: readonly string[]): Promise<CliAnswer> =>
    new Promise((resolve, reject) => {
      const child = execFile(
        "aws",
        awsCliArguments(account, args),
        { env: awsCliEnvironment(account.env), timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES },
        (error, stdout, stderr) => {
          if (error && child.exitCode === null) return reject(error);
          resolve({ code: child.exitCode ?? -1, stdout, stderr: stderr.replace(ONLY_ATTEMPT, "") });
        },
      );
    });

/** Versions before 2.13, and before 1.29, do not know AWS_ENDPOINT_URL. */
export const awsCliArguments = (account: Pick<Account, "endpoint">, args: readonly string[]) => [
  "--endpoint-url",
  account.endpoint,
  ...args,
];

export function awsCliEnvironment(exports: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    ...exports,
    // Nothing of the person who runs the tests, and no metadata service.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    AWS_MAX_ATTEMPTS: "1",
  };
}
