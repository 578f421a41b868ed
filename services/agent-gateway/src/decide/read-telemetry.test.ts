/** Telemetry as agents send it, and as no agent should. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTelemetry } from "./read-telemetry.ts";

const ID = "0123456789abcdef0123456789abcdef";
const ARN = `arn:aws:ecs:us-east-1:000000000000:task/dev/${ID}`;
const stats = (sum: number, sampleCount: number) => ({ min: 0, max: 0, sum, sampleCount });

const metrics = (containerMetrics: unknown, taskArn: string = ARN) =>
  readTelemetry({ type: "PublishMetricsRequest", message: { taskMetrics: [{ taskArn, containerMetrics }] } });

describe("metrics", () => {
  test("are averages over the samples", () => {
    const container = { containerName: "app", cpuStatsSet: stats(30, 4), memoryStatsSet: stats(100, 2) };
    expect(metrics([container])).toEqual({
      kind: "metrics",
      containers: [{ taskId: ID, containerName: "app", cpuPercent: 7.5, memoryMiB: 50 }],
    });
  });

  test("without samples are unknown", () => {
    const container = { containerName: "app", cpuStatsSet: stats(0, 0), memoryStatsSet: null };
    expect(metrics([container])).toMatchObject({ containers: [{ cpuPercent: null, memoryMiB: null }] });
  });

  test("name each container once: the last counts", () => {
    const twice = [1, 2].map((sum) => ({ containerName: "app", cpuStatsSet: stats(sum, 1) }));
    expect(metrics(twice)).toMatchObject({ containers: [{ cpuPercent: 2 }] });
  });

  test.each([
    ["a name that is none", [{ containerName: "a\u0000b" }], ARN],
    ["no name", [{ cpuStatsSet: stats(1, 1) }], ARN],
    ["a task without an id", [{ containerName: "app" }], "arn:aws:ecs:us-east-1:000000000000:task/dev/x"],
  ])("with %s are left out", (_, containers, arn) => {
    expect(metrics(containers, arn)).toEqual({ kind: "metrics", containers: [] });
  });

  test("of an idle agent are empty", () => {
    expect(readTelemetry({ type: "PublishMetricsRequest", message: { metadata: { idle: true } } })).toEqual({
      kind: "metrics",
      containers: [],
    });
  });
});

describe("health", () => {
  test("is taken where it is one of the known states", () => {
    const containers = [
      { containerName: "app", healthStatus: "HEALTHY", statusSince: 1 },
      { containerName: "side", healthStatus: "SPLENDID" },
    ];
    expect(
      readTelemetry({ type: "PublishHealthRequest", message: { tasks: [{ taskArn: ARN, containers }] } }),
    ).toEqual({
      kind: "health",
      tasks: [{ taskId: ID, health: [{ name: "app", healthStatus: "HEALTHY" }] }],
    });
  });
});

test("a message of another type is left alone", () => {
  expect(readTelemetry({ type: "StartTelemetrySessionRequest", message: {} })).toEqual({ kind: "unknown" });
});

test("nothing that is JSON makes reading throw", () => {
  const types = fc.constantFrom(
    "PublishMetricsRequest",
    "PublishHealthRequest",
    "PublishInstanceStatusRequest",
  );
  const lists = fc.record(
    {
      taskMetrics: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ taskArn: fc.constant(ARN), containerMetrics: fc.jsonValue() })),
      ),
      tasks: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ taskArn: fc.constant(ARN), containers: fc.jsonValue() })),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(types, fc.oneof(fc.jsonValue(), lists), (type, message) => {
      readTelemetry({ type, message });
    }),
  );
});
