import { describe, expect, test } from "vitest";
import { readEvent, readInspection, readListing } from "./read-inspection.ts";

const NEVER = "0001-01-01T00:00:00Z";
const STARTED = "2030-01-01T00:00:01.123456789Z";
const FINISHED = "2030-01-01T00:00:05.5Z";

/** As the engine describes a container, cut down to what is read. */
const inspection = (state: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  Id: "c0ffee",
  Created: "2030-01-01T00:00:00Z",
  Name: "/web",
  Image: "sha256:1a",
  State: { OOMKilled: false, Pid: 0, ExitCode: 0, Error: "", StartedAt: NEVER, FinishedAt: NEVER, ...state },
  Config: { Labels: { task: "1" } },
  HostConfig: { CgroupParent: "/ecs/1" },
  NetworkSettings: { Ports: {} },
  ...rest,
});

describe("a container's state", () => {
  test.each([
    ["made", { Status: "created" }, { status: "created", exitCode: null, startedAt: null, finishedAt: null }],
    [
      "that could not start",
      { Status: "created", ExitCode: 127, Error: "executable file not found in $PATH" },
      { status: "created", exitCode: null, error: "executable file not found in $PATH" },
    ],
    [
      "running",
      { Status: "running", Pid: 42, StartedAt: STARTED },
      { status: "running", pid: 42, exitCode: null, startedAt: Date.parse(STARTED), finishedAt: null },
    ],
    [
      "that ended well",
      { Status: "exited", StartedAt: STARTED, FinishedAt: FINISHED },
      { status: "exited", pid: null, exitCode: 0, finishedAt: Date.parse(FINISHED), error: null },
    ],
    [
      "out of memory",
      { Status: "exited", ExitCode: 137, OOMKilled: true, StartedAt: STARTED, FinishedAt: FINISHED },
      { status: "exited", exitCode: 137, oomKilled: true },
    ],
    ["dead", { Status: "dead", ExitCode: 1, StartedAt: STARTED }, { status: "dead", exitCode: 1 }],
    ["in a state of a later engine", { Status: "frozen" }, { status: "created" }],
  ])("of one %s", (_name, state, expected) => {
    expect(readInspection(inspection(state))).toMatchObject(expected);
  });

  test.each([
    ["starting", "starting"],
    ["healthy", "healthy"],
    ["unhealthy", "unhealthy"],
    ["none", null],
    [undefined, null],
  ])("health %s is %s", (status, expected) => {
    const state = { Status: "running", Health: status === undefined ? undefined : { Status: status } };
    expect(readInspection(inspection(state)).health).toBe(expected);
  });

  test("its name has no slash, its labels and its parent group are kept", () => {
    const read = readInspection(inspection({ Status: "created" }));
    expect(read).toMatchObject({ name: "web", labels: { task: "1" }, cgroupParent: "/ecs/1" });
  });
});

test("published ports are read with protocol and address, exposed ones are left out", () => {
  const ports = {
    "80/tcp": [
      { HostIp: "0.0.0.0", HostPort: "8080" },
      { HostIp: "::", HostPort: "8080" },
    ],
    "53/udp": [{ HostIp: "", HostPort: "5353" }],
    "443/tcp": null,
  };
  const { ports: read } = readInspection(
    inspection({ Status: "running" }, { NetworkSettings: { Ports: ports } }),
  );
  expect(read).toEqual([
    { containerPort: 80, protocol: "tcp", bindIp: "0.0.0.0", hostPort: 8080 },
    { containerPort: 80, protocol: "tcp", bindIp: "::", hostPort: 8080 },
    { containerPort: 53, protocol: "udp", bindIp: "0.0.0.0", hostPort: 5353 },
  ]);
});

test.each([
  null,
  undefined,
  "text",
  7,
  {},
  { State: null, Config: null },
  { NetworkSettings: { Ports: null } },
])("a document that lacks everything (%j) is read without an exception", (document) => {
  expect(readInspection(document)).toMatchObject({ id: "", status: "created", ports: [], pid: null });
  expect(readListing(document)).toMatchObject({ id: "", name: "" });
  expect(readEvent(document)).toBeNull();
});

test("a container that others link to is listed under its own name", () => {
  const listed = readListing({
    Id: "a1",
    Names: ["/web/db", "/db"],
    State: "running",
    Labels: { task: "1" },
  });
  expect(listed).toEqual({ id: "a1", name: "db", labels: { task: "1" }, status: "running" });
});

describe("an event", () => {
  const event = (Action: string, attributes: Record<string, string> = {}) => ({
    Action,
    Actor: { ID: "a1", Attributes: { task: "1", ...attributes } },
    time: 1_893_456_000,
    timeNano: 1_893_456_000_123_456_000,
  });

  test.each(["create", "start", "die", "oom", "destroy", "pause", "unpause"])("%s is known", (action) => {
    expect(readEvent(event(action))).toMatchObject({ action, containerId: "a1", at: 1_893_456_000_000 });
  });

  test("the verdict of a health check is an event of health", () => {
    expect(readEvent(event("health_status: healthy"))?.action).toBe("health");
  });

  test.each(["exec_start: /bin/check", "exec_die", "attach", "kill", "top", ""])(
    "%j is nobody's affair",
    (action) => {
      expect(readEvent(event(action))).toBeNull();
    },
  );

  test("the exit code is a number and no label", () => {
    const died = readEvent(event("die", { exitCode: "137" }));
    expect(died?.exitCode).toBe(137);
    expect(died?.labels).toEqual({ task: "1" });
    expect(readEvent(event("start"))?.exitCode).toBeNull();
  });
});
