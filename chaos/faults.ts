/** The faults that are injected, how a command line names them, and how they strike a stack. run-step.ts lets them. */
import { setTimeout as delay } from "node:timers/promises";
import { pidOf, settingOf, takeAway, untilAnswering } from "./processes.ts";
import { askRedis } from "./redis.ts";

const VICTIMS = [
  "api",
  "agent-gateway",
  "scheduler",
  "deployer",
  "load-balancer",
  "fargate-provisioner",
  "registry",
  "agent",
  "postgres",
  "redis",
] as const;
const OBJECT_STORE = "minio";
export type Victim = (typeof VICTIMS)[number] | typeof OBJECT_STORE;

/** Whether stacks keep their images in MinIO, which whoever runs this decides for them. */
export const ON_MINIO = process.env.ROADSTEAD_E2E_STORE === "minio";
/** The processes of a stack. */
export const STACK: readonly Victim[] = ON_MINIO ? [...VICTIMS, OBJECT_STORE] : VICTIMS;

export type Fault =
  /** kill -9; the supervisor starts them again. */
  | { readonly kind: "kill"; readonly victims: readonly Victim[] }
  /** Stopped as a service manager does, kept away for a time, started again. */
  | { readonly kind: "stop"; readonly victims: readonly Victim[]; readonly forMs: number }
  /** Neither dead nor alive for a time (SIGSTOP, then SIGCONT). */
  | { readonly kind: "freeze"; readonly victims: readonly Victim[]; readonly forMs: number }
  | { readonly kind: "engine"; readonly restart: () => Promise<void> };

/** What a longer absence gives a step the occasion to try. */
export type WhileAway = (victims: readonly Victim[]) => Promise<void>;

const NAMED_MAX = 3;
const RETRY_TIMEOUT_MS = 30_000;
const RETRY_MS = 100;
const AWAY_MAX_SECONDS = 60;

/** `kill:api`, `kill:api+postgres`, `stop:redis:20`, `freeze:redis:20`; seconds are 0 where none are said. */
export function parseFault(text: string): Fault {
  const [kind = "", names = "", seconds = "0", ...more] = text.split(":");
  const victims = names.split("+").map((name) => victimNamed(name, text));
  const away = Number(seconds);
  if (more.length > 0 || !(away >= 0 && away <= AWAY_MAX_SECONDS)) throw new Error(`no such fault: ${text}`);
  if (kind === "kill" && away === 0) return { kind, victims };
  if (kind === "stop" || kind === "freeze") return { kind, victims, forMs: away * 1_000 };
  throw new Error(`no such fault: ${text}`);
}

function victimNamed(name: string, text: string): Victim {
  const all = [...VICTIMS, OBJECT_STORE] as const;
  const known = all.find((victim) => victim === name);
  if (!known) throw new Error(`${text}: processes are ${all.join(", ")}, not "${name}"`);
  return known;
}

export function faultName(fault: Fault): string {
  if (fault.kind === "engine") return "engine restarted";
  const { length } = fault.victims;
  const victims =
    length > NAMED_MAX
      ? `${fault.victims[0]}+…+${fault.victims.at(-1)} (${length})`
      : fault.victims.join("+");
  if (fault.kind === "kill") return `kill -9 ${victims}`;
  if (fault.forMs === 0) return `${victims} restarted`;
  return `${victims} ${fault.kind === "stop" ? "stopped" : "frozen"} ${fault.forMs / 1_000} s`;
}

/** Looks up what is to be hurt; the answered function hurts it and returns when all that was hurt answers again. */
export function prepareFault(dataDir: string, fault: Fault, whileAway: WhileAway): () => Promise<void> {
  if (fault.kind === "engine") return fault.restart;
  const { victims } = fault;
  const pids = new Set(victims.map((victim) => pidOf(dataDir, victim)));
  if (fault.kind === "kill") {
    return async () => {
      for (const pid of pids) process.kill(pid, "SIGKILL");
      await untilAnswering(dataDir, victims, pids);
    };
  }
  if (fault.kind === "freeze") {
    return async () => {
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      try {
        await away(fault.forMs, () => whileAway(victims));
      } finally {
        for (const pid of pids) process.kill(pid, "SIGCONT");
      }
      await untilAnswering(dataDir, victims, new Set());
    };
  }
  return async () => {
    const letBack = await takeAway(dataDir, victims);
    try {
      await away(fault.forMs, () => whileAway(victims));
    } finally {
      letBack();
    }
    await untilAnswering(dataDir, victims, pids);
  };
}

async function away(forMs: number, meanwhile: () => Promise<void>): Promise<void> {
  if (forMs > 0) await Promise.all([delay(forMs), meanwhile()]);
}

/** FLUSHALL, as soon as there is a Redis to be emptied. */
export async function flushRedis(dataDir: string): Promise<void> {
  const deadline = Date.now() + RETRY_TIMEOUT_MS;
  for (;;) {
    try {
      return await askRedis(settingOf(dataDir, "ROADSTEAD_REDIS_URL"), "FLUSHALL");
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}
