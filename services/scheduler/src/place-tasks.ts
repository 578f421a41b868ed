/** load → decide → commit for the PLACING tasks of one cluster; the `placeTasks` bell calls this. */
import type { Db } from "@roadstead/db/connect";
import { commitPlacement, loadPlacement } from "@roadstead/db/place-tasks";
import type { RangePlan } from "@roadstead/model/machine-range";
import { decidePlacement } from "./decide-placement.ts";

export interface PlaceTasksDeps {
  readonly db: Db;
  /** Wakes the RunTask calls that wait for these requests; losing it costs them a poll. */
  readonly nudge: (channel: string) => void;
  /** Where VPCs' ranges are on machines. */
  readonly ranges?: RangePlan;
}

export interface PlaceTasksOutcome {
  readonly placed: number;
  readonly failed: number;
  readonly lostRaces: number;
}

export async function placeTasks(
  { db, nudge, ranges }: PlaceTasksDeps,
  clusterId: string,
): Promise<PlaceTasksOutcome> {
  const snapshot = await db.read((tx) => loadPlacement(tx, clusterId));
  const decision = decidePlacement(snapshot);
  const commit = await db.write((tx) => commitPlacement(tx, clusterId, snapshot, decision, ranges));
  for (const id of commit.finishedRequests) nudge(`launch:${id}`);
  return {
    placed: commit.placed,
    failed: decision.failures.length,
    lostRaces: commit.lostRaces,
  };
}
