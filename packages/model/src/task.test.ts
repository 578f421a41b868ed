import { describe, expect, test } from "vitest";
import { isTaskStatus, laterStatus, mergeContainer, taskHealth } from "./task.ts";
import { aContainer, aReport, observed } from "./task-builders.test-data.ts";

const BINDING = { bindIP: "0.0.0.0", containerPort: 80, hostPort: 32_768, protocol: "tcp" } as const;

test("of two statuses the later one is right", () => {
  expect(laterStatus("RUNNING", "PENDING")).toBe("RUNNING");
  expect(laterStatus("PENDING", "STOPPED")).toBe("STOPPED");
  expect(isTaskStatus("RUNNING")).toBe(true);
  expect(isTaskStatus("toString")).toBe(false);
});

describe("a report about a container", () => {
  test("never lowers its status", () => {
    const known = observed({ lastStatus: "STOPPED", exitCode: 0 });
    expect(mergeContainer(known, aReport({ status: "RUNNING" })).lastStatus).toBe("STOPPED");
  });

  test("that comes late fills in what a newer one left out, and overrides nothing", () => {
    const late = aReport({
      status: "RUNNING",
      runtimeId: "c1",
      imageDigest: "sha256:1",
      networkBindings: [BINDING],
      exitCode: 9,
      reason: "late",
    });
    expect(mergeContainer(observed({ lastStatus: "STOPPED" }), late)).toMatchObject({
      runtimeId: "c1",
      imageDigest: "sha256:1",
      networkBindings: [BINDING],
      exitCode: null,
      reason: null,
    });
    const known = observed({ lastStatus: "STOPPED", runtimeId: "c0", imageDigest: "sha256:0" });
    expect(mergeContainer(known, late)).toMatchObject({ runtimeId: "c0", imageDigest: "sha256:0" });
  });

  test("without a status says nothing about it", () => {
    const known = observed({ lastStatus: "RUNNING" });
    expect(mergeContainer(known, aReport({ imageDigest: "sha256:1" }))).toMatchObject({
      lastStatus: "RUNNING",
      imageDigest: "sha256:1",
    });
  });

  test("keeps the first exit code and the first reason", () => {
    const known = observed({ lastStatus: "STOPPED", exitCode: 3, reason: "first" });
    const again = aReport({ status: "STOPPED", exitCode: 137, reason: "second" });
    expect(mergeContainer(known, again)).toMatchObject({ exitCode: 3, reason: "first" });
  });

  test("with no bindings keeps the known ones, and an empty reason is none", () => {
    const known = observed({ lastStatus: "RUNNING", networkBindings: [BINDING] });
    const next = mergeContainer(known, aReport({ status: "STOPPED", networkBindings: [], reason: "" }));
    expect(next).toMatchObject({ networkBindings: [BINDING], reason: null });
  });
});

describe("a task's health", () => {
  const checked = aContainer({ hasHealthCheck: true });
  const other = aContainer({ name: "other", hasHealthCheck: true });
  const is = (app: "HEALTHY" | "UNHEALTHY" | "UNKNOWN", second: "HEALTHY" | "UNHEALTHY" | "UNKNOWN") =>
    taskHealth(
      [checked, other],
      [observed({ healthStatus: app }), observed({ name: "other", healthStatus: second })],
    );

  test("is the worst of its checked essential containers", () => {
    expect(is("HEALTHY", "HEALTHY")).toBe("HEALTHY");
    expect(is("HEALTHY", "UNKNOWN")).toBe("UNKNOWN");
    expect(is("UNKNOWN", "UNHEALTHY")).toBe("UNHEALTHY");
  });

  test("is unknown when no container has a check or the checked one was not seen", () => {
    expect(taskHealth([aContainer()], [observed({ healthStatus: "HEALTHY" })])).toBe("UNKNOWN");
    expect(taskHealth([checked], [])).toBe("UNKNOWN");
  });

  test("does not follow containers that are not essential", () => {
    const side = aContainer({ name: "side", essential: false, hasHealthCheck: true });
    const sick = observed({ name: "side", healthStatus: "UNHEALTHY" });
    expect(taskHealth([checked, side], [observed({ healthStatus: "HEALTHY" }), sick])).toBe("HEALTHY");
  });
});
