/** Loads a URL with wrk and reads what it says; the load balancer's benchmark and the test of the common stack under load call this. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface WrkResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx and 3xx, and everything that went wrong with a connection. */
  readonly failed: number;
}

const GRACE_MS = 20_000;

export interface WrkLoad {
  readonly connections: number;
  readonly seconds: number;
  /** Between a connection's requests; without it they follow at once. */
  readonly pauseMs?: number;
}

export function hasWrk(): boolean {
  try {
    execFileSync("which", ["wrk"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export async function wrk(url: string, { connections, seconds, pauseMs = 0 }: WrkLoad): Promise<WrkResult> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-wrk-"));
  try {
    const script = join(folder, "pause.lua");
    await writeFile(script, `function delay() return ${pauseMs} end\n`);
    const pause = pauseMs > 0 ? ["-s", script] : [];
    const { stdout } = await promisify(execFile)(
      "wrk",
      ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "--latency", ...pause, url],
      { timeout: seconds * 1_000 + GRACE_MS },
    );
    return resultOf(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(stdout: string): WrkResult {
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  const refused = number(/Non-2xx or 3xx responses: (\d+)/);
  return {
    requests: number(/(\d+) requests in/),
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p50Ms: milliseconds(stdout, "50%"),
    p99Ms: milliseconds(stdout, "99%"),
    failed: (errors ?? []).slice(1).reduce((sum, n) => sum + Number(n), refused),
  };
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

function milliseconds(text: string, share: string): number {
  const [, value, unit] = new RegExp(`${share}\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? [];
  return Number(value) * (UNITS[unit ?? ""] ?? Number.NaN);
}
