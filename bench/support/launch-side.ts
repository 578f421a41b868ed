/** What both sides of the launch benchmark do: start containers, say when each ran, and remove them. */

export type NetworkMode = "host" | "bridge";

export const CPU_UNITS = 10;
export const MEMORY_MIB = 32;

/** One entry for each container, in milliseconds since the first request was sent. */
export interface Batch {
  /** Seen running by the one who asked. */
  readonly runningMs: readonly number[];
  /** By the task's own `startedAt`. */
  readonly startedMs?: readonly number[];
  /** When the request to start it was answered. */
  readonly answeredMs?: readonly number[];
}

export interface Side {
  readonly name: string;
  launch(network: NetworkMode, count: number): Promise<Batch>;
  /** Nothing of it runs or is being stopped when this resolves. */
  clean(): Promise<void>;
}

/** Runs `work` so many times, never more than `concurrency` at once. */
export async function inParallel(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(count, concurrency) }, worker));
}
