/** Remembers resolved access keys for a moment, so that a busy caller costs one read a second; api and gateway share it. */
import { type KeyHolder, resolveAccessKey } from "./access-keys.ts";
import type { Db } from "./connect.ts";
import { isSessionKey, resolveSession } from "./role-sessions.ts";
import type { SecretBox } from "./secrets.ts";

/** How long a change made by another process may go unseen. */
export const FRESH_MS = 1_000;
const ENTRIES_MAX = 10_000;

export interface AccessKeyCache {
  /** The holder of a key, or of a session's key and token together. */
  resolve(accessKeyId: string, sessionToken?: string | null): Promise<KeyHolder | null>;
  /** The next request reads the key again. */
  forget(accessKeyId: string): void;
  /** Every key is read again: something changed that any of them may hang on. */
  forgetAll(): void;
}

export function createAccessKeyCache(
  db: Pick<Db, "query">,
  box: SecretBox,
  now: () => number = () => performance.now(),
): AccessKeyCache {
  const entries = new Map<string, { readonly at: number; readonly holder: Promise<KeyHolder | null> }>();
  return {
    resolve(accessKeyId, sessionToken = null) {
      const isSession = isSessionKey(accessKeyId);
      // A session's key is nothing without its token, and a user's has none.
      if (isSession !== (sessionToken !== null)) return Promise.resolve(null);
      const key = isSession ? `${accessKeyId} ${sessionToken}` : accessKeyId;
      const cached = entries.get(key);
      if (cached && now() - cached.at < FRESH_MS) return cached.holder;
      if (entries.size >= ENTRIES_MAX) entries.clear();
      const holder = isSession
        ? resolveSession(db, box, { accessKeyId, sessionToken: sessionToken ?? "" })
        : resolveAccessKey(db, box, accessKeyId);
      entries.set(key, { at: now(), holder });
      // A failed read is no answer: the next request asks again.
      holder.catch(() => entries.delete(key));
      return holder;
    },
    forget: (accessKeyId) => void entries.delete(accessKeyId),
    forgetAll: () => entries.clear(),
  };
}
