import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("services of one process that ask for the same instrument share it", async () => {
  const metrics = createMetrics("edge");
  metrics.counter("requests_total", "Requests", ["operation"]).inc({ operation: "RunTask" });
  metrics.counter("requests_total", "Requests", ["operation"]).inc({ operation: "RunTask" });
  expect(await metrics.text()).toContain('roadstead_requests_total{operation="RunTask",service="edge"} 2');
});

test("two registries in one process do not mix", async () => {
  createMetrics("one").gauge("depth", "Depth").set(1);
  const other = createMetrics("two");
  other.gauge("depth", "Depth").set(2);
  expect(await other.text()).toContain('roadstead_depth{service="two"} 2');
  expect(await other.text()).not.toContain("one");
});
