/** Looks at this machine's AWS CLI, since old ones must be told the endpoint in every command; `env` calls this. */
import { execFileSync } from "node:child_process";
import { findProgram } from "./install/find-program.ts";

const TIMEOUT_MS = 10_000;
/** The first release of each major version that reads AWS_ENDPOINT_URL and a profile's `endpoint_url`. */
const MINOR_FROM: Readonly<Record<string, number>> = { 1: 29, 2: 13 };

/** Null when there is none, or it does not say. */
export function awsCommandVersion(): string | null {
  const path = findProgram("aws");
  if (path === null) return null;
  try {
    const printed = execFileSync(path, ["--version"], {
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /^aws-cli\/(\S+)/.exec(printed)?.[1] ?? null;
  } catch {
    return null;
  }
}

export function knowsEndpointVariable(version: string): boolean {
  const [major = "", minor = ""] = version.split(".");
  return Number(minor) >= (MINOR_FROM[major] ?? 0);
}

/** For an interactive shell; programs that a script starts do not see it. */
export const AWS_FUNCTION =
  'aws() { [ -z "$AWS_ENDPOINT_URL" ] || set -- --endpoint-url "$AWS_ENDPOINT_URL" "$@"; command aws "$@"; }\n';
