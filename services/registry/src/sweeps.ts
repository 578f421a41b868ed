/** Removes what nothing needs any more: uploads nobody goes on with, blobs of no image, objects of no row. */
import type { BlobStore } from "@roadstead/blob-store/blob-store";
import { collectBlobs, keysInUse } from "@roadstead/db/blobs";
import type { Db } from "@roadstead/db/connect";
import { takeStaleUploads } from "@roadstead/db/uploads";
import type { Logger } from "@roadstead/service-kit/log";
import { startLoop } from "@roadstead/service-kit/loops";

const BATCH = 200;
/** Batches of a pass; what is left waits for the next. */
const BATCHES_MAX = 50;
/** An object younger than this may belong to a row that is about to be written. */
const ORPHAN_AGE_MS = 24 * 60 * 60 * 1_000;
/** The whole store is listed, so this is seldom done. */
const ORPHANS_EVERY_MS = 6 * 60 * 60 * 1_000;

export interface SweepDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly log: Logger;
}

export function startSweeps(
  deps: SweepDeps,
  options: { readonly everyMs: number; readonly uploadLifeMs: number },
): { stop(): Promise<void> } {
  const { log } = deps;
  const { everyMs, uploadLifeMs } = options;
  const loops = [
    startLoop({
      name: "registry-stale-uploads",
      everyMs,
      run: (signal) => sweepUploads(deps, uploadLifeMs, signal),
      log,
    }),
    startLoop({ name: "registry-collect", everyMs, run: (signal) => sweepBlobs(deps, signal), log }),
    startLoop({
      name: "registry-orphans",
      everyMs: ORPHANS_EVERY_MS,
      run: (signal) => sweepOrphans(deps, new Date(Date.now() - ORPHAN_AGE_MS), signal),
      log,
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/** The row goes first: whoever still holds its upload finds that it is no longer theirs. */
export async function sweepUploads(deps: SweepDeps, olderThanMs: number, signal: AbortSignal): Promise<void> {
  await inBatches(deps, "stale upload", signal, async () => {
    const taken = await deps.db.write((tx) => takeStaleUploads(tx, { olderThanMs, limit: BATCH }));
    return taken.map(({ key }) => key);
  });
}

/** Objects go after the commit. Their keys are never used again, so one that stays is the orphans' sweep's. */
export async function sweepBlobs(deps: SweepDeps, signal: AbortSignal): Promise<void> {
  await inBatches(deps, "collected blob", signal, () => deps.db.write((tx) => collectBlobs(tx, BATCH)));
}

async function inBatches(
  { store, log }: SweepDeps,
  what: string,
  signal: AbortSignal,
  take: () => Promise<readonly string[]>,
): Promise<void> {
  let removed = 0;
  for (let batch = 0; batch < BATCHES_MAX && !signal.aborted; batch++) {
    const keys = await take();
    for (const key of keys) await store.remove(key);
    removed += keys.length;
    if (keys.length < BATCH) break;
  }
  if (removed > 0) log.info({ op: "registry.sweep", what, removed }, "removed what nothing needs");
}

export async function sweepOrphans(deps: SweepDeps, olderThan: Date, signal: AbortSignal): Promise<void> {
  let keys: string[] = [];
  for await (const key of deps.store.list(olderThan)) {
    if (signal.aborted) return;
    keys.push(key);
    if (keys.length < BATCH) continue;
    await removeOrphans(deps, keys);
    keys = [];
  }
  await removeOrphans(deps, keys);
}

async function removeOrphans({ db, store, log }: SweepDeps, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const needed = await keysInUse(db, keys);
  const orphans = keys.filter((key) => !needed.has(key));
  for (const key of orphans) await store.remove(key);
  if (orphans.length > 0) log.info({ op: "registry.orphans", removed: orphans.length }, "removed orphans");
}
