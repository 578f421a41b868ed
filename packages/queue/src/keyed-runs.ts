/** At most one run per key in this process; who asks meanwhile shares the one run that follows. Consumers go through it. */
interface Slot {
  readonly current: Promise<void>;
  next?: Promise<void>;
}

export interface KeyedRuns {
  /** Resolves when a run that began after this call has ended. `work` must not reject. */
  run(key: string, work: () => Promise<void>): Promise<void>;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

export function createKeyedRuns(): KeyedRuns {
  const slots = new Map<string, Slot>();
  const begin = (key: string, work: () => Promise<void>): Promise<void> => {
    const current = work().finally(() => {
      if (slots.get(key)?.next === undefined) slots.delete(key);
    });
    slots.set(key, { current });
    return current;
  };
  return {
    run(key, work) {
      const slot = slots.get(key);
      if (slot === undefined) return begin(key, work);
      slot.next ??= slot.current.then(() => begin(key, work));
      return slot.next;
    },
    async idle() {
      while (slots.size > 0) await Promise.all([...slots.values()].map((slot) => slot.next ?? slot.current));
    },
  };
}
