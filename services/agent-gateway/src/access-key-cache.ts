/** Remembers resolved access keys for a moment, so that a crowd of reconnecting agents costs one read a key. */
import { type KeyHolder, resolveAccessKey } from "@roadstead/db/access-keys";
import type { Db } from "@roadstead/db/connect";
import type { SecretBox } from "@roadstead/db/secrets";

/** How long a revoked key may still open a socket. */
const FRESH_MS = 1_000;
const ENTRIES_MAX = 10_000;

export interface AccessKeyCache {
  resolve(accessKeyId: string): Promise<KeyHolder | null>;
}

export function createAccessKeyCache(db: Pick<Db, "query">, box: SecretBox): AccessKeyCache {
  const entries = new Map<string, { readonly at: number; readonly holder: Promise<KeyHolder | null> }>();
  return {
    resolve(accessKeyId) {
      const cached = entries.get(accessKeyId);
      if (cached && performance.now() - cached.at < FRESH_MS) return cached.holder;
      if (entries.size >= ENTRIES_MAX) entries.clear();
      const holder = resolveAccessKey(db, box, accessKeyId);
      entries.set(accessKeyId, { at: performance.now(), holder });
      // A failed read is no answer: the next request asks again.
      holder.catch(() => entries.delete(accessKeyId));
      return holder;
    },
  };
}
