/** Decides, from what clients were answered, what the API says and what the engine runs, which promises are broken. Pure. */

/** What a client did and was told; `taskArns` of every answer it got to one clientToken. */
export interface AcceptedLaunch {
  readonly clientToken: string;
  readonly answers: readonly (readonly string[])[];
}

export interface SeenTask {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  readonly exitCodes: readonly (number | null)[];
  readonly version: number;
}

export interface SeenContainer {
  readonly id: string;
  readonly taskArn: string;
  readonly running: boolean;
  /** Null while it runs. */
  readonly exitCode: number | null;
}

/** One instance's books against the tasks on it. */
export interface SeenInstance {
  readonly arn: string;
  readonly registeredCpu: number;
  readonly remainingCpu: number;
  readonly cpuOfItsTasks: number;
}

export interface Snapshot {
  readonly launches: readonly AcceptedLaunch[];
  /** Every task of the cluster that the API lists, of these launches or not. */
  readonly tasks: readonly SeenTask[];
  readonly containers: readonly SeenContainer[];
  readonly instances: readonly SeenInstance[];
}

export type Violation = {
  readonly invariant: "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8" | "I9" | "I10";
  readonly about: string;
  readonly what: string;
};

/** The design's invariants that one look at a quiet system can check. */
export const violations = (seen: Snapshot): readonly Violation[] => [
  ...lostTasks(seen),
  ...untruths(seen),
  ...doubledLaunches(seen),
];

/** What must be true of tasks, containers and instances, whoever launched them. */
export const untruths = (seen: Omit<Snapshot, "launches">): readonly Violation[] => [
  ...untruthfulTasks(seen),
  ...ownerlessContainers(seen),
  ...oversubscribed(seen),
];

const accepted = ({ launches }: Snapshot): ReadonlySet<string> =>
  new Set(launches.flatMap(({ answers }) => answers.flat()));

/** I1: what was acknowledged is there. */
function lostTasks(seen: Snapshot): readonly Violation[] {
  const known = new Set(seen.tasks.map(({ taskArn }) => taskArn));
  return [...accepted(seen)]
    .filter((taskArn) => !known.has(taskArn))
    .map((about) => ({ invariant: "I1", about, what: "was acknowledged and is not known" }));
}

/** I2 and I4: a task runs in exactly one container, or has stopped and says so truthfully. */
const untruthfulTasks = (seen: Omit<Snapshot, "launches">): readonly Violation[] =>
  seen.tasks.flatMap((task): readonly Violation[] => {
    const own = seen.containers.filter(({ taskArn }) => taskArn === task.taskArn);
    const broken = (invariant: Violation["invariant"], what: string): Violation[] => [
      { invariant, about: task.taskArn, what },
    ];
    if (own.length > 1) return broken("I2", `has ${own.length} containers`);
    if (task.lastStatus === "STOPPED")
      return untruthfulStop(task, own[0]).flatMap((what) => broken("I2", what));
    if (task.lastStatus !== "RUNNING") return broken("I4", `is still ${task.lastStatus}`);
    if (own.length === 0) return broken("I2", "says RUNNING and has no container");
    return own[0]?.running ? [] : broken("I2", "says RUNNING and its container has ended");
  });

function untruthfulStop(task: SeenTask, own: SeenContainer | undefined): readonly string[] {
  const wrong: string[] = [];
  if (!task.stopCode || !task.stoppedReason) wrong.push("says STOPPED without a reason");
  if (own?.running) wrong.push("says STOPPED and its container runs");
  const [claimed] = task.exitCodes;
  const real = own?.exitCode ?? null;
  if (own && !own.running && claimed != null && real !== null && claimed !== real) {
    wrong.push(`says its container ended with ${claimed}, which ended with ${real}`);
  }
  return wrong;
}

/** I2: no container runs that no task owns. */
function ownerlessContainers(seen: Omit<Snapshot, "launches">): readonly Violation[] {
  const known = new Set(seen.tasks.map(({ taskArn }) => taskArn));
  return seen.containers
    .filter(({ taskArn, running }) => running && !known.has(taskArn))
    .map(({ id, taskArn }) => ({
      invariant: "I2",
      about: id,
      what: `runs for ${taskArn}, which nobody knows`,
    }));
}

/** I6: every answer to one token names the same tasks, and no task exists that no answer names. */
function doubledLaunches(seen: Snapshot): readonly Violation[] {
  const differing = seen.launches.flatMap(({ clientToken, answers }): readonly Violation[] => {
    const sets = new Set(answers.map((answer) => answer.toSorted().join(" ")));
    return sets.size <= 1
      ? []
      : [
          {
            invariant: "I6",
            about: clientToken,
            what: `was answered with ${sets.size} different sets of tasks`,
          },
        ];
  });
  const named = accepted(seen);
  const unnamed = seen.tasks
    .filter(({ taskArn }) => !named.has(taskArn))
    .map(
      ({ taskArn }): Violation => ({ invariant: "I6", about: taskArn, what: "exists and was in no answer" }),
    );
  return [...differing, ...unnamed];
}

/** I7: an instance's free units are its own minus those of its tasks, and never negative. */
const oversubscribed = (seen: Omit<Snapshot, "launches">): readonly Violation[] =>
  seen.instances
    .filter(
      ({ registeredCpu, remainingCpu, cpuOfItsTasks }) =>
        remainingCpu < 0 || registeredCpu - remainingCpu !== cpuOfItsTasks,
    )
    .map(({ arn, registeredCpu, remainingCpu, cpuOfItsTasks }) => ({
      invariant: "I7",
      about: arn,
      what: `has ${registeredCpu} units, says ${remainingCpu} are free, and its tasks hold ${cpuOfItsTasks}`,
    }));

/** A task goes through these in this order, and may leave some out. */
export const STATUS_ORDER: readonly string[] = [
  "PROVISIONING",
  "PENDING",
  "ACTIVATING",
  "RUNNING",
  "DEACTIVATING",
  "STOPPING",
  "DEPROVISIONING",
  "STOPPED",
];

/** I3: from one look to the next no task goes back in status or version. */
export function backwards(before: readonly SeenTask[], after: readonly SeenTask[]): readonly Violation[] {
  const earlier = new Map(before.map((task) => [task.taskArn, task]));
  return after.flatMap((task): readonly Violation[] => {
    const previous = earlier.get(task.taskArn);
    if (!previous) return [];
    const rank = (status: string) => STATUS_ORDER.indexOf(status);
    if (rank(task.lastStatus) < rank(previous.lastStatus)) {
      const what = `went from ${previous.lastStatus} back to ${task.lastStatus}`;
      return [{ invariant: "I3", about: task.taskArn, what }];
    }
    if (task.version < previous.version) {
      const what = `went from version ${previous.version} back to ${task.version}`;
      return [{ invariant: "I3", about: task.taskArn, what }];
    }
    return [];
  });
}
