/** Asks the demo's tasks for their page again and again while they are replaced, as a client that knows several addresses does. */
import { setTimeout as delay } from "node:timers/promises";

const ANSWER_TIMEOUT_MS = 2_000;
const PAUSE_MS = 10;
const LOOK_EVERY_MS = 250;
/** A request is given up after so many addresses. */
const TRIES_MAX = 5;

export interface TrafficSummary {
  readonly answered: ReadonlyMap<string, number>;
  /** Answered by another task than the one that was asked first. */
  readonly askedAgain: number;
  readonly unanswered: number;
}

export interface Traffic {
  stop(): Promise<TrafficSummary>;
}

/** `addresses` names the tasks that answer now; it is asked four times a second, and when a task does not answer. */
export function startTraffic(addresses: () => Promise<readonly string[]>): Traffic {
  const answered = new Map<string, number>();
  let askedAgain = 0;
  let unanswered = 0;
  let going = true;
  let known: readonly string[] = [];
  const look = async () => {
    known = await addresses().catch(() => known);
  };
  const looking = repeat(look, LOOK_EVERY_MS);
  const asking = repeat(ask, PAUSE_MS);
  let turn = 0;

  async function ask(): Promise<void> {
    if (known.length === 0) return;
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      const page = await read(known[turn++ % known.length] ?? "");
      if (page !== null) {
        answered.set(page, (answered.get(page) ?? 0) + 1);
        if (attempt > 0) askedAgain++;
        return;
      }
      await look();
    }
    unanswered++;
  }
  async function repeat(work: () => Promise<void>, everyMs: number): Promise<void> {
    while (going) {
      await work();
      await delay(everyMs);
    }
  }
  return {
    async stop() {
      going = false;
      await Promise.all([looking, asking]);
      return { answered, askedAgain, unanswered };
    },
  };
}

/** The page's text; null when nobody answers. */
export async function read(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}
