/** Repeats a pass for as long as a process lives, never two at once; pollers and sweeps of every service use it. */
import type { Logger } from "./log.ts";

export interface LoopOptions {
  readonly name: string;
  /** Pause between the end of one pass and the start of the next. */
  readonly everyMs: number;
  /** Share of `everyMs` by which each pause varies, so that replicas do not move in step; 0.2 means ±20 %. */
  readonly jitter?: number;
  /** One pass; the signal fires when the loop is stopped. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  readonly random?: () => number;
}

export interface Loop {
  /** Starts no further pass and waits for the one that runs. */
  stop(): Promise<void>;
}

const JITTER = 0.2;

/** The first pass starts after one pause. What a pass throws is logged and the loop goes on. */
export function startLoop({
  name,
  everyMs,
  jitter = JITTER,
  run,
  log,
  random = Math.random,
}: LoopOptions): Loop {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let pass: Promise<void> = Promise.resolve();

  const schedule = () => {
    if (stopping.signal.aborted) return;
    const pauseMs = everyMs * (1 + jitter * (2 * random() - 1));
    timer = setTimeout(() => (pass = onePass().then(schedule)), pauseMs);
  };
  const onePass = async () => {
    try {
      await run(stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) log.error({ op: `loop.${name}`, err: error }, "a pass failed");
    }
  };
  schedule();
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await pass;
    },
  };
}
