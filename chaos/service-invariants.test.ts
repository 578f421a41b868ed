import { describe, expect, test } from "vitest";
import {
  type SeenDeployment,
  type SeenService,
  type ServiceSnapshot,
  type ServiceTask,
  serviceViolations,
} from "./service-invariants.ts";

const deployment = (more: Partial<SeenDeployment> = {}): SeenDeployment => ({
  id: "ecs-svc/1",
  status: "PRIMARY",
  rolloutState: "COMPLETED",
  taskDefinition: "web:1",
  desiredCount: 1,
  runningCount: 1,
  pendingCount: 0,
  ...more,
});

const service = (more: Partial<SeenService> = {}): SeenService => ({
  name: "web",
  status: "ACTIVE",
  desiredCount: 1,
  deployments: [deployment()],
  ...more,
});

const task = (taskArn: string, more: Partial<ServiceTask> = {}): ServiceTask => ({
  taskArn,
  startedBy: "ecs-svc/1",
  lastStatus: "RUNNING",
  stopCode: null,
  stoppedReason: null,
  exitCodes: [null],
  version: 2,
  ...more,
});

const container = (taskArn: string) => ({ id: `c-${taskArn}`, taskArn, running: true, exitCode: null });

const seen = (more: Partial<ServiceSnapshot> = {}): ServiceSnapshot => ({
  wish: { desiredCount: 1, taskDefinition: "web:1" },
  service: service(),
  tasks: [task("a")],
  containers: [container("a")],
  instances: [],
  ...more,
});

const broken = (snapshot: ServiceSnapshot) =>
  serviceViolations(snapshot).map(({ invariant, what }) => `${invariant} ${what}`);

test("a service that runs what it was told to breaks nothing", () => {
  expect(broken(seen())).toEqual([]);
});

describe("a violation is found:", () => {
  test.each<[string, Partial<ServiceSnapshot>, readonly string[]]>([
    ["no service", { service: null }, ["I1 was acknowledged and is not known"]],
    ["a service that is going", { service: service({ status: "DRAINING" }) }, ["I1 is DRAINING"]],
    [
      "a forgotten count",
      { service: service({ desiredCount: 3 }) },
      ["I1 wants 3 tasks, was last told to want 1"],
    ],
    [
      "a forgotten revision",
      { wish: { desiredCount: 1, taskDefinition: "web:2" } },
      ["I1 rolls web:1, was last told web:2"],
    ],
    [
      "an older deployment that stays",
      {
        service: service({ deployments: [deployment(), deployment({ id: "ecs-svc/0", status: "ACTIVE" })] }),
      },
      ["I4 has 2 deployments"],
    ],
    [
      "a rollout that hangs",
      { service: service({ deployments: [deployment({ rolloutState: "IN_PROGRESS" })] }) },
      ["I4 its deployment is IN_PROGRESS"],
    ],
    [
      "a wrong count",
      { service: service({ deployments: [deployment({ runningCount: 0, pendingCount: 1 })] }) },
      ["I4 counts 0 running and 1 pending of 1"],
    ],
    ["a task too few", { tasks: [], containers: [] }, ["I4 runs 0 tasks of 1"]],
    [
      "a task too many",
      { tasks: [task("a"), task("b")], containers: [container("a"), container("b")] },
      ["I4 runs 2 tasks of 1"],
    ],
    [
      "a task of an older deployment",
      { tasks: [task("a", { startedBy: "ecs-svc/0" })] },
      ["I4 runs 1 tasks of older deployments"],
    ],
    [
      "a container that nobody owns",
      { containers: [container("a"), container("b")] },
      ["I2 runs for b, which nobody knows"],
    ],
    ["a task without its container", { containers: [] }, ["I2 says RUNNING and has no container"]],
  ])("%s", (_, change, expected) => {
    expect(broken(seen(change))).toEqual(expected);
  });
});
