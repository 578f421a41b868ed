/** Loads a URL with wrk and reads what it says; the load balancer's benchmark calls this. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface WrkResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx and 3xx, and everything that went wrong with a connection. */
  readonly failed: number;
}

const GRACE_MS = 20_000;

export async function wrk(url: string, connections: number, seconds: number): Promise<WrkResult> {
  const { stdout } = await promisify(execFile)(
    "wrk",
    ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", url],
    { timeout: seconds * 1_000 + GRACE_MS },
  );
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  return {
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p50Ms: milliseconds(stdout, "50%"),
    p99Ms: milliseconds(stdout, "99%"),
    failed: (errors ?? [])
      .slice(1)
      .reduce((sum, n) => sum + Number(n), number(/Non-2xx or 3xx responses: (\d+)/)),
  };
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

function milliseconds(text: string, share: string): number {
  const [, value, unit] = new RegExp(`${share}\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? [];
  return Number(value) * (UNITS[unit ?? ""] ?? Number.NaN);
}
