/** Judges a service's whole past by the log of its tasks' events: the band, statuses, and one event for each change. Pure. */
import { STATUS_ORDER, type Violation } from "./invariants.ts";

export interface TaskEvent {
  readonly taskId: string;
  readonly deploymentId: string;
  readonly version: number;
  readonly desiredStatus: string;
  readonly lastStatus: string;
  readonly stopCode: string | null;
  readonly atMs: number;
  /** When the task was made; until it has a place nothing is said of it. */
  readonly createdAtMs: number;
}

/** A request that set the band. While it was under way either it or the one before may have been in force. */
export interface BandChange {
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

/** A loss is seen by the deployer some time after it happened; what it decided before stands. */
const LOSS_UNSEEN_MS = 1_000;
const BY_SERVICE = "ServiceSchedulerInitiated";

const byVersion = (events: readonly TaskEvent[]) => Map.groupBy(events, ({ taskId }) => taskId);

/** I3 and I9: in the order of the log every task counts its versions up by one and never goes back. */
export function unorderly(events: readonly TaskEvent[]): readonly Violation[] {
  return [...byVersion(events)].flatMap(([taskId, own]) =>
    own.flatMap((event, n): readonly Violation[] => {
      const before = own[n - 1];
      const expected = (before?.version ?? 0) + 1;
      if (event.version !== expected) {
        const what = `has an event of version ${event.version} where ${expected} was due`;
        return [{ invariant: "I9", about: taskId, what }];
      }
      const back = before && goesBack(before, event);
      return back ? [{ invariant: "I3", about: taskId, what: back }] : [];
    }),
  );
}

function goesBack(before: TaskEvent, after: TaskEvent): string | null {
  const rank = ({ lastStatus }: TaskEvent) => STATUS_ORDER.indexOf(lastStatus);
  if (rank(after) < rank(before)) return `went from ${before.lastStatus} back to ${after.lastStatus}`;
  const resumed = before.desiredStatus === "STOPPED" && after.desiredStatus !== "STOPPED";
  return resumed ? "was to stop and then was not" : null;
}

/** I6: tasks of the newest deployment that the service itself stopped again, with no smaller count asked for. */
export function startedInVain(events: readonly TaskEvent[], newestDeployment: string): readonly Violation[] {
  const vain = events.filter(
    ({ deploymentId, stopCode, lastStatus }) =>
      deploymentId === newestDeployment && stopCode === BY_SERVICE && lastStatus === "STOPPED",
  );
  return vain.map(({ taskId }) => ({
    invariant: "I6",
    about: taskId,
    what: "was one too many: its own service stopped it again",
  }));
}

/** I1: tasks that ended although neither their service nor the fault wanted them to; `killed` many are the fault's. */
export function lostTasks(events: readonly TaskEvent[], killed: number): readonly Violation[] {
  const lost = events.filter(
    ({ lastStatus, stopCode }) => lastStatus === "STOPPED" && stopCode !== BY_SERVICE,
  );
  return lost.length <= killed
    ? []
    : lost.map(({ taskId, stopCode }) => ({
        invariant: "I1",
        about: taskId,
        what: `is one of ${lost.length} that ended (${stopCode}) where ${killed} were killed`,
      }));
}

interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * I5: at no instant are fewer tasks healthy, or more alive, than the band allows. Excused are losses that nobody decided
 * (until the service is back inside), and what a change of the band left outside (until it came inside once).
 */
export function leftBand(events: readonly TaskEvent[], changes: readonly BandChange[]): readonly Violation[] {
  const found: Violation[] = [];
  const state = new Map<string, TaskEvent>();
  const excuses = new Excuses();
  let last: Bounds | null = null;
  for (const event of withBirths(events)) {
    const bounds = boundsAt(event.atMs, changes);
    const moved = bounds.lower !== last?.lower || bounds.upper !== last.upper;
    const held = countsOf(state);
    excuses.trim(event.atMs, bounds, held);
    if (moved) excuses.cover(bounds, held);
    last = bounds;
    const before = state.get(event.taskId);
    state.set(event.taskId, event);
    const lost =
      before !== undefined && isHealthy(before) && !isHealthy(event) && event.stopCode !== BY_SERVICE;
    if (lost) excuses.forLoss(event.atMs);
    found.push(...excuses.judge(event, bounds, { held, now: countsOf(state) }));
  }
  return found;
}

/** A task counts as alive from when its service made it: it finds its place later, perhaps in another band. */
function withBirths(events: readonly TaskEvent[]): readonly TaskEvent[] {
  const said = events.map((event, order) => ({ event, order }));
  const births = said
    .filter(({ event }) => event.version === 1)
    .map(({ event, order }) => {
      const earlier = events.findLastIndex(({ atMs }) => atMs <= event.createdAtMs);
      const birth = { ...event, version: 0, lastStatus: "PLACING", atMs: event.createdAtMs };
      return { event: birth, order: Math.min(earlier, order - 1) + 0.5 };
    });
  return [...said, ...births].sort((a, b) => a.order - b.order).map(({ event }) => event);
}

const isHealthy = ({ lastStatus, desiredStatus }: TaskEvent) =>
  lastStatus === "RUNNING" && desiredStatus === "RUNNING";

const isLive = ({ lastStatus }: TaskEvent) => lastStatus !== "STOPPED";

interface Counts {
  readonly healthy: number;
  readonly live: number;
}

function countsOf(state: ReadonlyMap<string, TaskEvent>): Counts {
  const tasks = [...state.values()];
  return { healthy: tasks.filter(isHealthy).length, live: tasks.filter(isLive).length };
}

/** The widest of the bands that may have been in force. */
function boundsAt(atMs: number, changes: readonly BandChange[]): Bounds {
  const settled = changes.filter(({ answeredMs }) => answeredMs < atMs).at(-1);
  const open = changes.filter(({ sentMs, answeredMs }) => sentMs <= atMs && atMs <= answeredMs);
  const bands = [...(settled ? [settled] : []), ...open];
  return {
    lower: Math.min(...bands.map((b) => Math.ceil((b.desiredCount * b.minimumHealthyPercent) / 100))),
    upper: Math.max(...bands.map((b) => Math.floor((b.desiredCount * b.maximumPercent) / 100))),
  };
}

/** How far outside the band a service may be, and since when each excuse holds. */
class Excuses {
  private missing: number[] = [];
  private surplus = 0;

  forLoss(atMs: number): void {
    this.missing.push(atMs);
  }

  /** A changed band may leave the service outside at first. */
  cover({ lower, upper }: Bounds, { healthy, live }: Counts): void {
    const more = lower - healthy - this.missing.length;
    this.missing.push(...Array.from({ length: Math.max(0, more) }, () => Number.NEGATIVE_INFINITY));
    this.surplus = Math.max(this.surplus, live - upper);
  }

  /** An excuse ends with what it excuses; that of a loss not before it can have been seen. */
  trim(nowMs: number, { lower, upper }: Bounds, { healthy, live }: Counts): void {
    const fresh = this.missing.filter((atMs) => atMs > nowMs - LOSS_UNSEEN_MS);
    const old = this.missing.filter((atMs) => atMs <= nowMs - LOSS_UNSEEN_MS);
    this.missing = [...old.slice(0, Math.max(0, lower - healthy - fresh.length)), ...fresh];
    this.surplus = Math.min(this.surplus, Math.max(0, live - upper));
  }

  /** Only what made it worse is to blame. */
  judge(
    { taskId }: TaskEvent,
    { lower, upper }: Bounds,
    { held, now }: { readonly held: Counts; readonly now: Counts },
  ): readonly Violation[] {
    const wrong: string[] = [];
    if (now.healthy < held.healthy && now.healthy < lower - this.missing.length)
      wrong.push(`left ${now.healthy} healthy where the band wants ${lower}`);
    if (now.live > held.live && now.live > upper + this.surplus)
      wrong.push(`made ${now.live} alive where the band allows ${upper}`);
    return wrong.map((what) => ({ invariant: "I5", about: taskId, what }));
  }
}
