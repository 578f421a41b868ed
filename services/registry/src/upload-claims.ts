/** Sees to it that one request at a time writes to an upload, over all replicas; every change of an upload goes through it. */

import { setTimeout as delay } from "node:timers/promises";
import type { UploadState } from "@roadstead/blob-store/blob-store";
import type { Db } from "@roadstead/db/connect";
import { type ClaimedUpload, claimUpload, findUpload, keepUpload } from "@roadstead/db/uploads";
import { newId } from "@roadstead/service-kit/ids";
import type { Logger } from "@roadstead/service-kit/log";
import { uploadBusy, uploadUnknown } from "./registry-error.ts";

/** A writer is believed dead after six seconds of silence: it speaks, and gives up, well before. */
const HEARTBEAT_MS = 1_500;
const SILENCE_MAX_MS = 4_500;
/** How long a client that goes on waits for a dead writer to be believed dead. */
const WAIT_MAX_MS = 8_000;
const WAIT_POLL_MS = 250;

export interface Claim {
  readonly upload: ClaimedUpload;
  /** Fires when the upload is no longer ours, or a newer request of the same client wants it. */
  readonly signal: AbortSignal;
  /** What a long append has made durable, for whoever may have to go on after us. */
  durable(state: UploadState): void;
}

export interface UploadClaims {
  /** Runs `work` as the upload's only writer. `work` gives the row back, or deletes it. */
  claimed<T>(repositoryId: string, id: string, work: (claim: Claim) => Promise<T>): Promise<T>;
}

export function createUploadClaims(deps: { readonly db: Db; readonly log: Logger }): UploadClaims {
  const { db } = deps;
  /** What this process is writing to. A client that comes again has lost the connection of before. */
  const active = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  return {
    async claimed(repositoryId, id, work) {
      const before = active.get(id);
      if (before) {
        before.abort.abort(uploadBusy());
        await before.ended;
      }
      const upload = await claimPatiently(db, repositoryId, id);
      const abort = new AbortController();
      const heart = startHeart(deps, upload, abort);
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      active.set(id, { abort, ended });
      try {
        return await work({ upload, signal: abort.signal, durable: heart.durable });
      } finally {
        if (active.get(id)?.abort === abort) active.delete(id);
        await heart.stop();
        end();
      }
    },
  };
}

async function claimPatiently(db: Db, repositoryId: string, id: string): Promise<ClaimedUpload> {
  const writer = newId();
  const deadline = performance.now() + WAIT_MAX_MS;
  for (;;) {
    const claimed = await claimUpload(db, { repositoryId, id, writer });
    if (claimed) return claimed;
    if ((await findUpload(db, repositoryId, id)) === null) throw uploadUnknown(id);
    if (performance.now() > deadline) throw uploadBusy();
    await delay(WAIT_POLL_MS);
  }
}

/** Says every moment that the writer lives. A writer that cannot say so stops writing before another may start. */
function startHeart(
  { db, log }: { readonly db: Db; readonly log: Logger },
  upload: ClaimedUpload,
  abort: AbortController,
) {
  let heardAt = performance.now();
  let latest: UploadState | null = null;
  let beat: Promise<void> | null = null;
  const beatOnce = async () => {
    const state = latest;
    latest = null;
    try {
      if (await keepUpload(db, upload, state)) heardAt = performance.now();
      else abort.abort(uploadBusy());
    } catch (error) {
      latest ??= state;
      log.warn(
        { op: "registry.upload.keep", uploadId: upload.id, err: error },
        "an upload was not kept alive",
      );
    } finally {
      beat = null;
    }
  };
  const timer = setInterval(() => {
    if (performance.now() - heardAt > SILENCE_MAX_MS) abort.abort(uploadBusy());
    else beat ??= beatOnce();
  }, HEARTBEAT_MS);
  return {
    durable(state: UploadState) {
      latest = state;
    },
    async stop() {
      clearInterval(timer);
      await beat;
    },
  };
}
