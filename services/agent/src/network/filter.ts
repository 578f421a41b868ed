/** The packet filter of this machine, what it must be able to do, and where routes lead; changing it takes root. */
import { execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { Logger } from "@roadstead/service-kit/log";
import type { Route } from "./range-collision.ts";

export interface Filter {
  /** `iptables-save` of the table. */
  save(): Promise<string>;
  /** All of it or nothing; other chains stay. */
  restore(text: string): Promise<void>;
  /** Changes one rule of the table: `-C`, `-I`, `-D` and what follows. */
  change(rule: readonly string[]): Promise<void>;
  /** This machine's own addresses among them. */
  routes(): Promise<readonly Route[]>;
}

const TIMEOUT_MS = 10_000;
const WAIT_SECONDS = "5";
const BRIDGED = "/proc/sys/net/bridge/bridge-nf-call-iptables";
const execute = promisify(execFile);
/** Lists of rules may be long. */
const OUTPUT_MAX_BYTES = 64 * 1_024 * 1_024;

export const iptables: Filter = {
  async save() {
    const options = { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES };
    return (await execute("iptables-save", ["-t", "filter"], options)).stdout;
  },
  async restore(rules) {
    const child = spawn("iptables-restore", ["-w", WAIT_SECONDS, "--noflush"], {
      timeout: TIMEOUT_MS,
      stdio: ["pipe", "ignore", "pipe"],
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    // A program that ends early says why itself.
    child.stdin.on("error", () => undefined);
    child.stdin.end(rules);
    const [said, code] = await Promise.all([text(child.stderr), ended]);
    if (code !== 0) throw new Error(`iptables-restore: ${said.trim() || `ended with ${code}`}`);
  },
  async change(rule) {
    await execute("iptables", ["-w", WAIT_SECONDS, ...rule], { timeout: TIMEOUT_MS });
  },
  async routes() {
    const local = (await routesOf("local")).filter(({ type }) => type === "local");
    return [...(await routesOf("main")), ...local];
  },
};

async function routesOf(table: string): Promise<readonly (Route & { readonly type?: string })[]> {
  const asked = ["-j", "-4", "route", "show", "table", table];
  const { stdout } = await execute("ip", asked, { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES });
  return JSON.parse(stdout || "[]") as readonly (Route & { readonly type?: string })[];
}

/** Null where security groups could not hold: no task of such a machine gets a network interface of its own. */
export async function openFilter(log: Logger): Promise<Filter | null> {
  const obstacle = await obstacleToFiltering();
  if (obstacle === null) return iptables;
  log.warn(
    { op: "groups.unenforced", obstacle },
    `tasks of network mode awsvpc cannot run on this machine, whose security groups would not hold: ${obstacle}`,
  );
  return null;
}

/** Makes what it can so. */
async function obstacleToFiltering(): Promise<string | null> {
  if (process.getuid?.() !== 0) return "it takes root";
  try {
    await iptables.save();
  } catch {
    return "it takes iptables";
  }
  try {
    await seeBridgedPackets();
    return null;
  } catch {
    return "the kernel does not show packets between tasks of one machine to iptables (br_netfilter)";
  }
}

async function seeBridgedPackets(): Promise<void> {
  const isOn = async () => (await readFile(BRIDGED, "utf8")).trim() === "1";
  if (await isOn().catch(() => false)) return;
  await execute("modprobe", ["br_netfilter"], { timeout: TIMEOUT_MS }).catch(() => undefined);
  await writeFile(BRIDGED, "1");
  if (!(await isOn())) throw new Error("it stays off");
}
