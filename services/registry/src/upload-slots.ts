/** Bounds how many bodies are received at a time; the others wait their turn unread, and too many are turned away. */
import { tooManyRequests } from "./registry-error.ts";

export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSlots(limits: { readonly runningMax: number; readonly waitingMax: number }): Slots {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };
  return {
    async run(work) {
      if (running < limits.runningMax) running += 1;
      else if (waiting.length >= limits.waitingMax) throw tooManyRequests();
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
