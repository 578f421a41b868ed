/** Bounds how many do something at the same time; launches and submissions each have one. */

export interface Slots {
  /** First come first served, but what finishes something begun goes before what begins another. */
  run<T>(work: () => Promise<T>, order?: "begins" | "finishes"): Promise<T>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const beginning: (() => void)[] = [];
  const finishing: (() => void)[] = [];
  return {
    async run(work, order = "begins") {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => (order === "begins" ? beginning : finishing).push(resolve));
      try {
        return await work();
      } finally {
        const next = finishing.shift() ?? beginning.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
