/** Wires the provisioner: `provisionTasks` bells to load → decide → commit, and the loops that tend this machine's hosts. */
import type { Backing } from "@roadstead/backing/open-backing";
import { rangePlanOf } from "@roadstead/backing/vpc-range-fields";
import { ringColdFleets } from "@roadstead/db/fargate-fleets";
import { createSecretBox } from "@roadstead/db/secrets";
import { fargateProvisioner } from "@roadstead/messages/fargate-provisioner";
import type { Logger } from "@roadstead/service-kit/log";
import { startLoop } from "@roadstead/service-kit/loops";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { ProvisionerConfig } from "./config.ts";
import type { HostProvider } from "./host-provider.ts";
import { createLocalProvider } from "./local-provider.ts";
import { machineBudget } from "./machine-budget.ts";
import { provisionTasks } from "./provision-tasks.ts";
import { tendHosts } from "./tend-hosts.ts";

const TEND_EVERY_MS = 1_000;
const WARM_EVERY_MS = 5_000;
const CONCURRENCY = 4;

export async function start(kit: Kit<ProvisionerConfig> & Backing): Promise<Running> {
  const { db, queue, config, log } = kit;
  const provider = openProvider(config, log);
  const secrets = createSecretBox(kit.masterKeys, "access-keys");
  const machine = config.ROADSTEAD_FARGATE_MACHINE;
  const limits = {
    budget: provider ? machineBudget(config) : null,
    capacityWaitMs: config.ROADSTEAD_FARGATE_CAPACITY_WAIT_MS,
  };
  const ranges = rangePlanOf(config);
  const idleMs = config.ROADSTEAD_FARGATE_IDLE_MS;
  const tend = oneAtATime(async () => {
    if (provider) await tendHosts({ db, secrets, machine, provider, idleMs, log });
  });
  const consumer = queue.consume(
    fargateProvisioner,
    {
      provisionTasks: async ({ scopeId }, { log: runLog }) => {
        const outcome = await provisionTasks({ db, secrets, machine, limits, ranges }, scopeId);
        runLog.debug({ op: "fleet.provisionTasks", scopeId, ...outcome });
        if (outcome.hostsAdded + outcome.hostsRetired > 0) await tend();
      },
    },
    { concurrency: CONCURRENCY },
  );
  const loops = [
    startLoop({ name: "hosts.tend", everyMs: TEND_EVERY_MS, log, run: tend }),
    startLoop({ name: "hosts.warm", everyMs: WARM_EVERY_MS, log, run: () => db.write(ringColdFleets) }),
  ];
  await tend();
  return {
    async stop() {
      await consumer.stop();
      for (const loop of loops) await loop.stop();
    },
  };
}

function openProvider(config: ProvisionerConfig, log: Logger): HostProvider | null {
  const { ROADSTEAD_FARGATE_AGENT: program, ROADSTEAD_FARGATE_AGENTS_DIR: agentsDir } = config;
  const logsDir = config.ROADSTEAD_FARGATE_LOGS_DIR;
  if (program && agentsDir && logsDir) return createLocalProvider({ program, agentsDir, logsDir, log });
  log.warn({ op: "fleet.off" }, "no agent's program is named: no host for Fargate tasks is started here");
  return null;
}

function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(run);
    last = next.catch(() => undefined);
    return next;
  };
}
