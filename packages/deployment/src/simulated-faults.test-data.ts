/** What goes wrong around a simulated service and what its user does meanwhile; and how everything is made well again. */
import { band } from "./band.ts";
import type { SimulatedService } from "./simulated-service.test-data.ts";

export const FAULTS_LAST_MS = 150_000;

const FAULTS: readonly ((sim: SimulatedService) => void)[] = [
  (sim) => sim.deploy(),
  (sim) => sim.deploy(),
  (sim) => {
    if (sim.isDaemon) return;
    sim.change(() => {
      sim.service.desiredCount = sim.between(0, 12);
    });
  },
  (sim) =>
    sim.change(() => {
      sim.limits = sim.someLimits();
    }),
  (sim) => {
    const machine = sim.oneOf(sim.machines);
    if (machine) machine.status = machine.status === "ACTIVE" ? "DRAINING" : "ACTIVE";
    sim.bell();
  },
  (sim) => sim.addMachine(),
  // A machine burns: its tasks are gone, and it may come back.
  (sim) => {
    for (const task of sim.tasksOn(sim.oneOf(sim.machines)?.id ?? "")) sim.end(task);
  },
  (sim) => {
    const task = sim.oneOf([...sim.tasks.values()]);
    if (task && task.lastStatus !== "PLACING") sim.end(task);
  },
  (sim) => {
    sim.odds = { ...sim.odds, startFailure: sim.oneOf([0, 0.3, 1]) ?? 0 };
  },
  (sim) => {
    sim.odds = { ...sim.odds, illness: sim.oneOf([0, 0.3, 0.8]) ?? 0 };
  },
  (sim) => {
    sim.odds = { ...sim.odds, crash: sim.oneOf([0, 0.3, 0.8]) ?? 0 };
  },
];

export function scheduleFaults(sim: SimulatedService): void {
  for (let i = sim.between(0, 12); i > 0; i--)
    sim.at(sim.between(0, FAULTS_LAST_MS), () => sim.oneOf(FAULTS)?.(sim));
  sim.at(FAULTS_LAST_MS, () => makeWell(sim));
}

/** From now on everything works, there is room, and the band lets a deployment through. */
function makeWell(sim: SimulatedService): void {
  sim.odds = { startFailure: 0, crash: 0, illness: 0, lostBell: 0 };
  if (sim.machines.every(({ status }) => status === "DRAINING")) sim.addMachine();
  for (const machine of sim.machines) {
    machine.capacity = 100;
    machine.hasOtherTasks = false;
  }
  const { lower, upper } = band(sim.service.desiredCount, sim.limits);
  sim.change(() => {
    if (sim.isDaemon) sim.limits = { minimumHealthyPercent: 0, maximumPercent: 100 };
    else if (lower >= upper) sim.limits = { ...sim.limits, maximumPercent: 200 };
    // What is ill still may make it trip, and then only its user can help.
    sim.service.circuitBreaker = null;
  });
  if (sim.deployments[0]?.rolloutState === "FAILED") sim.deploy();
}
