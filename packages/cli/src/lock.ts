/** Lets one launcher at a time change a data folder; a lock whose owner died is taken over. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { identify, isAlive, type ProcessIdentity } from "@roadstead/service-kit/process-identity";
import { Failure } from "./failure.ts";
import { readJson } from "./files.ts";
import { say } from "./progress.ts";

const WAIT_MAX_MS = 180_000;
const POLL_MS = 50;
/** A file this young may be one whose owner has not written its name yet. */
const EMPTY_GRACE_POLLS = 20;

export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await acquire(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const deadline = Date.now() + WAIT_MAX_MS;
  let told = false;
  let emptyPolls = 0;
  while (!take(path)) {
    const owner = readJson<ProcessIdentity>(path);
    emptyPolls = owner ? 0 : emptyPolls + 1;
    if (owner ? !isAlive(owner) : emptyPolls > EMPTY_GRACE_POLLS) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told && owner) say(`Another launcher (pid ${owner.pid}) is changing this stack; waiting for it`);
    told = true;
    if (Date.now() > deadline)
      throw new Failure("another launcher holds the data folder", `see pid ${owner?.pid}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, JSON.stringify(identify(process.pid)), {
      flag: "wx",
      mode: 0o600,
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
