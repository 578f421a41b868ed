/** What containers of the engine in memory write, and who follows it; the fake runtime uses it. */
import { setTimeout as delay } from "node:timers/promises";
import type { LogEntry, LogOptions } from "../runtime.ts";
import type { FakeEngine } from "./fake-engine.ts";

const POLL_MS = 2;

export function createFakeOutput(engine: FakeEngine, now: () => number) {
  const written = new Map<string, LogEntry[]>();
  return {
    write(id: string, text: string, more: Partial<LogEntry> = {}): void {
      const time = new Date(now()).toISOString();
      const entry: LogEntry = { source: "stdout", time, text, isPartial: false, ...more };
      written.set(id, [...(written.get(id) ?? []), entry]);
    },
    async *follow(id: string, { sinceMs, signal }: LogOptions): AsyncIterable<readonly LogEntry[]> {
      let read = 0;
      while (!signal.aborted) {
        const hasEnded = engine.find(id)?.status !== "running";
        const entries = (written.get(id) ?? []).slice(read);
        read += entries.length;
        const wanted = entries.filter(({ time }) => Date.parse(time) >= sinceMs);
        if (wanted.length > 0) yield wanted;
        if (hasEnded) return;
        await delay(POLL_MS);
      }
    },
  };
}
