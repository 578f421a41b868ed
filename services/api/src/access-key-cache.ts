/** Remembers resolved access keys for a moment, so that a busy caller costs one read a second. */
import { type KeyHolder, resolveAccessKey } from "@roadstead/db/access-keys";
import type { Db } from "@roadstead/db/connect";
import type { SecretBox } from "@roadstead/db/secrets";

/** How long a change made by another replica may go unseen. */
const FRESH_MS = 1_000;
const ENTRIES_MAX = 10_000;

export interface AccessKeyCache {
  resolve(accessKeyId: string): Promise<KeyHolder | null>;
  forget(accessKeyId: string): void;
  /** Drops everything: policies of an unknown set of keys changed. */
  clear(): void;
}

export function createAccessKeyCache(
  db: Pick<Db, "query">,
  box: SecretBox,
  now: () => number = () => performance.now(),
): AccessKeyCache {
  const entries = new Map<string, { readonly at: number; readonly holder: Promise<KeyHolder | null> }>();
  return {
    resolve(accessKeyId) {
      const cached = entries.get(accessKeyId);
      if (cached && now() - cached.at < FRESH_MS) return cached.holder;
      if (entries.size >= ENTRIES_MAX) entries.clear();
      const holder = resolveAccessKey(db, box, accessKeyId);
      entries.set(accessKeyId, { at: now(), holder });
      // A failed read is no answer: the next request asks again.
      holder.catch(() => entries.delete(accessKeyId));
      return holder;
    },
    forget: (accessKeyId) => void entries.delete(accessKeyId),
    clear: () => entries.clear(),
  };
}
