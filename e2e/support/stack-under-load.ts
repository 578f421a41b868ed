/**
 * Puts the common stack under load: it grows by target tracking, gets a new image and fewer tasks at the same time, and
 * shrinks again when the load has gone, while wrk, a steady client and requests of twenty seconds count what fails.
 */
import type { Agent } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import {
  ApplicationAutoScalingClient,
  DescribeScalingActivitiesCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { DescribeServicesCommand } from "@aws-sdk/client-ecs";
import type { Account } from "./account.ts";
import { ask, keepAsking, trusting, twinOf } from "./https-client.ts";
import { pushServedImage } from "./served-image.ts";
import type { Terraform } from "./terraform.ts";
import { type WrkResult, wrk } from "./wrk.ts";

const LONG = process.env.ROADSTEAD_LONG === "1";
const REQUESTS_MIN = LONG ? 200_000 : 5_000;
/** A drain is longer than the longest request. */
const SETTINGS = ["-var", `requests_per_task=${LONG ? 800 : 100}`, "-var", "drain_seconds=30"];
const LOAD = { connections: LONG ? 16 : 8, seconds: 5, pauseMs: 8 };
const SLOW_CLIENTS = 3;
const REQUESTS_TIMEOUT_MS = 900_000;
const POLL_MS = 500;
const RESOURCE = {
  ServiceNamespace: "ecs",
  ResourceId: "service/storefront/web",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;

export interface LoadedStack {
  readonly account: Account;
  readonly terraform: Terraform;
  readonly domain: string;
  readonly authority: () => Promise<string>;
  /** Of metrics and alarms. */
  readonly minuteMs: number;
}

export interface SeenUnderLoad {
  readonly failures: readonly string[];
  /** What the steady client was answered. */
  readonly texts: readonly string[];
  readonly activities: string;
}

export async function loadCommonStack(wanted: LoadedStack): Promise<SeenUnderLoad> {
  const { account, minuteMs } = wanted;
  const { must } = wanted.terraform;
  const { endpoint, region, credentials } = account;
  const scaling = new ApplicationAutoScalingClient({ endpoint, region, credentials, maxAttempts: 1 });
  const bounds = (MinCapacity: number, MaxCapacity: number) =>
    scaling.send(new RegisterScalableTargetCommand({ ...RESOURCE, MinCapacity, MaxCapacity }));
  // Fifteen minutes of the low alarm, a cooldown, and the drain.
  const reached = (count: number) => untilRunning(account, count, 15 * minuteMs + 240_000);

  await must("apply", "-auto-approve", "-target=aws_ecr_repository.web", ...SETTINGS);
  const repository = (await must("output", "-raw", "repository")).trim();
  for (const tag of ["1", "2"]) await pushServedImage(account, repository, tag);
  await must("apply", "-auto-approve", ...SETTINGS);
  const url = `https://${await twinOf(account.stack, account.accountId, "storefront")}/`;
  const trust = { ca: await wanted.authority(), servername: wanted.domain };
  // The provider waits until tasks run, which is a little before the load balancer sends to them.
  await reached(2);
  const clients = startClients(url, trusting(trust), trusting(trust));

  await reached(6);
  const rolling = must("apply", "-auto-approve", ...SETTINGS, "-var", "image_tag=2");
  await untilService(account, ({ deployments }) => deployments === 2, minuteMs + 60_000);
  await bounds(2, 4);
  await rolling;
  await reached(4);
  await bounds(2, 6);
  await clients.untilLoaded(REQUESTS_MIN);
  await reached(2);

  const { failures, texts } = await clients.stop();
  const { ScalingActivities = [] } = await scaling.send(new DescribeScalingActivitiesCommand(RESOURCE));
  await must("destroy", "-auto-approve", ...SETTINGS);
  return {
    failures,
    texts,
    activities: ScalingActivities.map(
      ({ StatusCode, Description, Cause }) => `${StatusCode}: ${Description} ${Cause}`,
    ).join("\n"),
  };
}

interface Counts {
  readonly desired: number;
  readonly running: number;
  readonly deployments: number;
  /** Its newest deployment is complete: tasks run and are healthy for the load balancer. */
  readonly complete: boolean;
}

const untilRunning = (account: Account, count: number, timeoutMs: number) =>
  untilService(
    account,
    ({ desired, running, deployments, complete }) =>
      desired === count && running === count && deployments === 1 && complete,
    timeoutMs,
  );

async function untilService(account: Account, isSo: (counts: Counts) => boolean, timeoutMs: number) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { services = [] } = await account.ecs.send(
      new DescribeServicesCommand({ cluster: "storefront", services: ["web"] }),
    );
    const [{ desiredCount = 0, runningCount = 0, deployments = [] } = {}] = services;
    const counts = {
      desired: desiredCount,
      running: runningCount,
      deployments: deployments.length,
      complete: deployments[0]?.rolloutState === "COMPLETED",
    };
    if (isSo(counts)) return;
    if (performance.now() > deadline) throw new Error(`the service stays at ${JSON.stringify(counts)}`);
    await delay(POLL_MS);
  }
}

function startClients(url: string, agent: Agent, slowAgent: Agent) {
  const steady = keepAsking(url, agent, { clients: 1, pauseMs: 250 });
  const slow = keepAskingSlowly(`${url}cgi-bin/slow`, slowAgent);
  const load = keepLoading(url);
  return {
    /** Load goes on until so many requests were sent, and then stops. */
    async untilLoaded(requestsMin: number): Promise<void> {
      const deadline = performance.now() + REQUESTS_TIMEOUT_MS;
      while (load.requests() < requestsMin && performance.now() < deadline) await delay(POLL_MS);
      await load.stop();
    },
    async stop() {
      const { answers, failures } = await steady.stop();
      const slowly = await slow.stop();
      agent.destroy();
      slowAgent.destroy();
      const count = [...answers.values()].reduce((sum, n) => sum + n, 0);
      process.stderr.write(
        `the common stack under load: ${load.requests()} requests of wrk, ${count} of a steady client, ${slowly.answered} of twenty seconds\n`,
      );
      return {
        failures: [...load.failures(), ...failures, ...slowly.failures],
        texts: [...answers.keys()].sort(),
      };
    },
  };
}

/** wrk, again and again, until told to stop. */
function keepLoading(url: string) {
  const results: (WrkResult & { readonly endedAt: string })[] = [];
  let going = true;
  const running = (async () => {
    while (going) results.push({ ...(await wrk(url, LOAD)), endedAt: new Date().toISOString() });
  })();
  return {
    requests: () => results.reduce((sum, { requests }) => sum + requests, 0),
    failures: () =>
      results.flatMap(({ failed, endedAt }) => (failed > 0 ? [`${endedAt} ${failed} of wrk`] : [])),
    async stop() {
      going = false;
      await running;
    },
  };
}

function keepAskingSlowly(url: string, agent: Agent) {
  const failures: string[] = [];
  let answered = 0;
  let going = true;
  const clients = Array.from({ length: SLOW_CLIENTS }, async () => {
    while (going) {
      const { status, text } = await ask(url, agent).catch((error) => ({ status: 0, text: String(error) }));
      if (status === 200 && text === "slow") answered++;
      else {
        failures.push(`${new Date().toISOString()} slowly: ${status} ${text}`);
        await delay(POLL_MS);
      }
    }
  });
  return {
    async stop() {
      going = false;
      await Promise.all(clients);
      return { answered, failures };
    },
  };
}
