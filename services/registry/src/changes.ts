/** Tells the other replicas, by a nudge, that images have moved or gone; without it they notice within a second. */
import type { Queue } from "@roadstead/queue/queue";

const CHANNEL = "registry-images";
const WAIT_MS = 1_000;

export interface Changes {
  /** Does not wait and never fails. */
  announce(): void;
  /** The wait that is under way ends by itself and does nothing. */
  stop(): void;
}

export function watchChanges(
  queue: Pick<Queue, "publishNudge" | "waitNudge">,
  onChange: () => void,
): Changes {
  let stopped = false;
  const watch = async () => {
    while (!stopped) {
      if ((await queue.waitNudge(CHANNEL, WAIT_MS)) && !stopped) onChange();
    }
  };
  void watch();
  return {
    announce: () => void queue.publishNudge(CHANNEL),
    stop() {
      stopped = true;
    },
  };
}
