import { createLogger } from "@roadstead/service-kit/log";
import { expect, onTestFinished, test, vi } from "vitest";
import { EcsError } from "./ecs-client.ts";
import { createReporter } from "./reporter.ts";

const SOON = { timeout: 10_000 };

const LONG_MS = 60_000;

function aReporter() {
  const taken: string[] = [];
  const asked: string[] = [];
  const failing = new Map<string, Error>();
  const reporter = createReporter({
    client: {
      async call(_operation, input) {
        const { task } = input as { readonly task: string };
        asked.push(task);
        const error = failing.get(task);
        if (error) throw error;
        taken.push(task);
      },
    },
    log: createLogger({ service: "agent", level: "silent" }),
    retry: { minMs: LONG_MS, maxMs: LONG_MS, factor: 1 },
  });
  onTestFinished(() => reporter.close());
  const report = (arn: string) => reporter.refuse({ arn, clusterArn: "c", reason: "r" });
  return { report, taken, asked, failing };
}

test("the first report that is taken after an outage sends all others on their way", async () => {
  const { report, taken, asked, failing } = aReporter();
  for (const task of ["a", "b"]) {
    failing.set(task, new TypeError("fetch failed"));
    report(task);
  }
  await vi.waitFor(() => expect(asked).toEqual(["a", "b"]), SOON);
  failing.clear();
  report("c");
  await vi.waitFor(() => expect(taken.toSorted()).toEqual(["a", "b", "c"]), SOON);
});

test("a report that was turned away by itself waits, however many others are taken", async () => {
  const { report, taken, asked, failing } = aReporter();
  failing.set("a", new EcsError("ClientException", 400, "not now"));
  report("a");
  await vi.waitFor(() => expect(asked).toEqual(["a"]), SOON);
  for (const task of ["b", "c"]) report(task);
  await vi.waitFor(() => expect(taken).toEqual(["b", "c"]), SOON);
  expect(asked).toEqual(["a", "b", "c"]);
});
