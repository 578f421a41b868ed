/** Remembers resolved access keys for a moment, so that a busy caller costs one read a second; api and gateway share it. */
import { type KeyHolder, resolveAccessKey } from "./access-keys.ts";
import type { Db } from "./connect.ts";
import type { SecretBox } from "./secrets.ts";

/** How long a change made by another process may go unseen. */
export const FRESH_MS = 1_000;
const ENTRIES_MAX = 10_000;

export interface AccessKeyCache {
  resolve(accessKeyId: string): Promise<KeyHolder | null>;
  /** The next request reads the key again. */
  forget(accessKeyId: string): void;
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
  };
}
