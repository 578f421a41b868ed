/** Looks for what a stack left behind: processes, folders, containers, volumes, images. The global set-up fails the run on any. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { accountsUsed, forgetAccounts } from "./accounts-used.ts";
import { containersOfAccount, imageNames, volumesOfAccount } from "./engine.ts";
import { registryOf } from "./stack.ts";

const SETTLE_MS = 5_000;
const POLL_MS = 100;

export async function assertNoLeaks(dataDir: string): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const inEngine = [...(await containersLeft(dataDir)), ...(await imagesLeft(dataDir))];
    const left = [...processesOf(dataDir), ...foldersOf(dataDir), ...inEngine];
    const over = left.length === 0 || Date.now() > deadline;
    if (over) forgetAccounts(dataDir);
    if (left.length === 0) return;
    if (over) throw new Error(`the stack left behind:\n  ${left.join("\n  ")}`);
    await delay(POLL_MS);
  }
}

/** Processes that were started with the data folder in their arguments, environment or as working folder. */
function processesOf(dataDir: string): readonly string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) =>
      [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => readOr(file).includes(dataDir)),
    )
    .map((pid) => `process ${pid}: ${readOr(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

const foldersOf = (dataDir: string): readonly string[] => (existsSync(dataDir) ? [`folder ${dataDir}`] : []);

async function containersLeft(dataDir: string): Promise<readonly string[]> {
  const found = await Promise.all(accountsUsed(dataDir).map(containersOfAccount));
  const volumes = await Promise.all(accountsUsed(dataDir).map(volumesOfAccount));
  return [
    ...found.flat().map(({ Names, State }) => `container ${Names.join(" ")} (${State})`),
    ...volumes.flat().map((name) => `volume ${name}`),
  ];
}

/** Names in the stack's registry, which is no more. */
async function imagesLeft(dataDir: string): Promise<readonly string[]> {
  const registry = registryOf(dataDir);
  const names = registry === null ? [] : await imageNames();
  return names.filter((name) => name.startsWith(`${registry}/`)).map((name) => `image ${name}`);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
