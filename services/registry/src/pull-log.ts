/** Notes when images were last pulled, a few at a time and once a day each, without keeping a pull waiting. */
import type { Db } from "@roadstead/db/connect";
import { type Manifest, recordPulls } from "@roadstead/db/manifests";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";

const WRITE_EVERY_MS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** A pull that does not fit is not noted; the next one is. */
const NOTED_MAX = 10_000;

export interface PullLog extends Pick<Loop, "stop"> {
  note(repositoryId: string, manifest: Manifest): void;
}

export function startPullLog(options: {
  readonly db: Pick<Db, "query">;
  readonly log: Logger;
  readonly now: () => number;
}): PullLog {
  const { db, log, now } = options;
  const noted = new Map<string, { readonly repositoryId: string; readonly digest: string }>();
  /** When this process has written, so that a cached manifest is not written again and again. */
  const written = new Map<string, number>();
  const write = async () => {
    if (noted.size === 0) return;
    const pulls = [...noted];
    noted.clear();
    await recordPulls(
      db,
      pulls.map(([, pull]) => pull),
    );
    if (written.size > NOTED_MAX) written.clear();
    for (const [key] of pulls) written.set(key, now());
  };
  const loop = startLoop({ name: "registry-pulls", everyMs: WRITE_EVERY_MS, run: write, log });
  return {
    note(repositoryId, { digest, lastPulledAt }) {
      const key = `${repositoryId} ${digest}`;
      const last = Math.max(lastPulledAt?.getTime() ?? 0, written.get(key) ?? 0);
      if (now() - last > DAY_MS && noted.size < NOTED_MAX) noted.set(key, { repositoryId, digest });
    },
    async stop() {
      await loop.stop();
      await write().catch((error: unknown) => {
        log.warn({ op: "registry.pulls", err: error }, "times of pulls were lost");
      });
    },
  };
}
