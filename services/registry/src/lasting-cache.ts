/**
 * Remembers what PostgreSQL said: looks again after a second while the database answers, and goes on with what it knows
 * while it does not. Everything that a pull needs is read through one of these.
 */

/** How long a change made elsewhere may go unseen when nobody tells of it. */
const FRESH_MS = 1_000;
/** A database that has not answered for this long counts as away, if there is something to go on with. */
const PATIENCE_MS = 1_500;
/** While it is away it is asked this often, and nobody waits for the answer. */
const PROBE_MS = 1_000;

/** Whether the database is away, as all caches over it know: what one has waited for in vain, no other waits for. */
export interface DatabaseHealth {
  away: boolean;
  probeAt: number;
}

export const createDatabaseHealth = (): DatabaseHealth => ({ away: false, probeAt: 0 });

export interface LastingCacheOptions<Value> {
  readonly entriesMax: number;
  /** Bound on the sum of `sizeOf`. */
  readonly bytesMax?: number;
  readonly sizeOf?: (value: Value) => number;
  readonly health: DatabaseHealth;
  readonly now?: () => number;
}

export interface LastingCache<Value> {
  /**
   * What is known, or what `load` says, which is given what was known. Null is never remembered: what did not exist a
   * moment ago may exist now. Rejects only when `load` does and nothing is known.
   */
  get(key: string, load: (known: Value | null) => Promise<Value | null>): Promise<Value | null>;
  put(key: string, value: Value): void;
  forget(key: string): void;
  /** Everything is looked at again before it is next believed. */
  doubt(): void;
}

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  at: number;
}

interface Loading<Value> {
  readonly result: Promise<Value | null>;
}

export function createLastingCache<Value>(options: LastingCacheOptions<Value>): LastingCache<Value> {
  const { now = () => performance.now(), health } = options;
  const entries = createBoundedEntries(options);
  const loading = new Map<string, Loading<Value>>();
  let doubtedAt = Number.NEGATIVE_INFINITY;

  const isFresh = (entry: Entry<Value>) => entry.at > doubtedAt && now() - entry.at < FRESH_MS;

  const startLoading = (
    key: string,
    known: Value | null,
    load: (known: Value | null) => Promise<Value | null>,
  ) => {
    const at = now();
    const own: Loading<Value> = {
      result: load(known).then(
        (value) => {
          health.away = false;
          // Something newer may have been put meanwhile; it stays.
          if (loading.get(key) !== own) return value;
          loading.delete(key);
          if (value === null) entries.delete(key);
          else entries.set(key, value, at);
          return value;
        },
        (error: unknown) => {
          if (loading.get(key) === own) loading.delete(key);
          throw error;
        },
      ),
    };
    loading.set(key, own);
    return own;
  };

  const probe = (key: string, known: Value, load: (known: Value | null) => Promise<Value | null>) => {
    health.probeAt = now() + PROBE_MS;
    const { result } = loading.get(key) ?? startLoading(key, known, load);
    result.catch(() => undefined); // it is still away
  };

  const orKnown = async (result: Promise<Value | null>, known: Value): Promise<Value | null> => {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no answer in time")), PATIENCE_MS);
    });
    try {
      return await Promise.race([result, patience]);
    } catch {
      health.away = true;
      health.probeAt = now() + PROBE_MS;
      return known;
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async get(key, load) {
      const entry = entries.get(key);
      if (entry && isFresh(entry)) return entry.value;
      if (entry && health.away) {
        if (now() >= health.probeAt) probe(key, entry.value, load);
        return entry.value;
      }
      const { result } = loading.get(key) ?? startLoading(key, entry?.value ?? null, load);
      return entry ? await orKnown(result, entry.value) : await result;
    },
    put(key, value) {
      loading.delete(key);
      entries.set(key, value, now());
    },
    forget(key) {
      loading.delete(key);
      entries.delete(key);
    },
    doubt() {
      loading.clear();
      doubtedAt = now();
    },
  };
}

/** The least recently used go first. */
function createBoundedEntries<Value>({
  entriesMax,
  bytesMax = Number.POSITIVE_INFINITY,
  sizeOf = () => 0,
}: LastingCacheOptions<Value>) {
  const entries = new Map<string, Entry<Value>>();
  let bytes = 0;
  const remove = (key: string) => {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get(key: string): Entry<Value> | undefined {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    },
    set(key: string, value: Value, at: number) {
      remove(key);
      const entry = { value, bytes: sizeOf(value), at };
      if (entry.bytes > bytesMax) return;
      entries.set(key, entry);
      bytes += entry.bytes;
      for (const oldest of entries.keys()) {
        if (entries.size <= entriesMax && bytes <= bytesMax) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
