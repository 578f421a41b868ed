/** Keeps the hashes of uploads between their requests, as long as those come to this process. */
import type { DigestAlgorithm } from "./decide/digest.ts";
import { newRunningHash, type RunningHash } from "./received-body.ts";

const HASHES_MAX = 1_000;

export interface RunningHashes {
  /** A hash that has seen everything the upload has received, or null: then the store is read again at the end. */
  take(
    upload: { readonly id: string; readonly received: number; readonly version: number },
    algorithm: DigestAlgorithm,
  ): RunningHash | null;
  /** `version` is the row's once the request has ended; anybody else's change raises it. */
  keep(id: string, version: number, running: RunningHash): void;
}

export function createRunningHashes(): RunningHashes {
  const kept = new Map<string, { readonly version: number; readonly running: RunningHash }>();
  return {
    take({ id, received, version }, algorithm) {
      const own = kept.get(id);
      kept.delete(id);
      if (received === 0) return newRunningHash(algorithm);
      // Claiming the row for this request raised the version by one.
      if (own?.version !== version - 1 || own.running.algorithm !== algorithm) return null;
      return own.running.size === received ? own.running : null;
    },
    keep(id, version, running) {
      kept.set(id, { version, running });
      const [oldest] = kept.keys();
      if (kept.size > HASHES_MAX && oldest !== undefined) kept.delete(oldest);
    },
  };
}
