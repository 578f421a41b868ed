import { expect, test } from "vitest";
import { faultsOf, Transcript } from "./decision-oracle.test-data.ts";
import { reconcile } from "./reconcile.ts";
import type { ReconcileDecision, ServiceSnapshot } from "./service-snapshot.ts";
import { FAULTS_LAST_MS, scheduleFaults } from "./simulated-faults.test-data.ts";
import { BEGIN_MS, SimulatedService } from "./simulated-service.test-data.ts";
import { startThrottle } from "./start-throttle.ts";

const SEEDS = process.env.ROADSTEAD_LONG === "1" ? 100_000 : 2_000;
const EVERY_NTH_IS_REPEATED = 7;

/** One life of a service: trouble for a while, then peace; and for some, their deletion. Gives what went wrong. */
function live(seed: string): string[] {
  const problems: string[] = [];
  const transcript = new Transcript();
  let primaryId: string | undefined;
  const observe = (snapshot: ServiceSnapshot, decision: ReconcileDecision) => {
    problems.push(...faultsOf(snapshot, decision));
    if (sim.passes % EVERY_NTH_IS_REPEATED === 0) {
      const again = reconcile(structuredClone(snapshot));
      if (JSON.stringify(again) !== JSON.stringify(decision))
        problems.push("decides differently the second time");
    }
  };
  const sim = new SimulatedService(seed, observe);
  sim.onCommit = (snapshot, decision) => {
    const newest = snapshot.deployments[0]?.id;
    if (newest !== primaryId) transcript.solved();
    primaryId = newest;
    transcript.listen(snapshot, decision);
  };
  scheduleFaults(sim);
  sim.runUntil(BEGIN_MS + FAULTS_LAST_MS);
  const { startFailures = 0 } = sim.deployments[0] ?? {};
  const size = Math.max(sim.service.desiredCount, sim.machines.length);
  const boundMs = startThrottle(startFailures, 0).waitMs + 120_000 + size * 55_000;
  sim.runUntil(sim.nowMs + boundMs, () => isConverged(sim));
  if (!isConverged(sim)) problems.push("does not converge");
  if (sim.passes > 4_000) problems.push(`takes ${sim.passes} passes`);
  if (sim.chance(0.3)) {
    sim.change(() => {
      sim.service.status = "DRAINING";
    });
    sim.runUntil(sim.nowMs + 30_000);
    if (sim.service.status !== "INACTIVE" || sim.tasks.size > 0) problems.push("is not deleted");
  }
  return [...problems, ...transcript.repeated.map((message) => `says again: ${message}`)];
}

function isConverged({ service, deployments, tasks, machines, isDaemon }: SimulatedService): boolean {
  const active = machines.filter(({ status }) => status === "ACTIVE");
  const suited = new Set(active.filter(({ eligible }) => eligible || !isDaemon).map(({ id }) => id));
  const live = [...tasks.values()].filter(({ desiredStatus }) => desiredStatus === "RUNNING");
  const running = live.filter(
    ({ lastStatus, health, instanceId }) =>
      lastStatus === "RUNNING" && health !== "UNHEALTHY" && suited.has(instanceId ?? ""),
  );
  const wanted = isDaemon ? suited.size : service.desiredCount;
  return (
    service.steadyAtMs !== null &&
    deployments.length === 1 &&
    deployments[0]?.rolloutState === "COMPLETED" &&
    live.length === wanted &&
    running.length === wanted &&
    running.every(({ deploymentId }) => deploymentId === deployments[0]?.id)
  );
}

test("whatever happens, the band holds, events are said once, and in peace the service converges", () => {
  const failed: string[] = [];
  for (let i = 0; i < SEEDS && failed.length < 5; i++) {
    const problems = live(`seed ${i}`);
    if (problems.length > 0) failed.push(`seed ${i}: ${[...new Set(problems)].slice(0, 5).join("; ")}`);
  }
  expect(failed).toEqual([]);
}, 3_600_000);
