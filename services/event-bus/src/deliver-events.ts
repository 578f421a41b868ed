/** Delivers what is due, a bounded number at once and few to one target, so that a slow one keeps nobody else waiting. */
import type { Db } from "@roadstead/db/connect";
import {
  buryDelivery,
  claimDeliveries,
  type EventDelivery,
  finishDelivery,
  postponeDelivery,
  putOffDelivery,
} from "@roadstead/db/event-deliveries";
import { type DeliveryResult, retryDelayMs } from "./delivery-result.ts";

export interface DelivererOptions {
  readonly db: Db;
  readonly deliver: (delivery: EventDelivery) => Promise<DeliveryResult>;
  readonly concurrency: number;
  /** What is not settled after this is claimed anew; longer than any delivery may take. */
  readonly leaseMs: number;
  readonly firstRetryMs: number;
  readonly onSettled: (delivery: EventDelivery, result: DeliveryResult) => void;
  readonly random?: () => number;
}

export interface Deliverer {
  /** Delivers until nothing is due or under way, or it is told to stop; looks for more at least so often. */
  run(signal: AbortSignal, everyMs: number): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Taken up at once for one target, which is asked for more when so few are left under way. */
const PER_TARGET = 16;
const FEW = 4;

export function createDeliverer(options: DelivererOptions): Deliverer {
  const { db, concurrency, leaseMs } = options;
  const underWay = new Set<Promise<void>>();
  const byTarget = new Map<string, number>();
  let wake = () => {};

  const deliver = async (delivery: EventDelivery, key: string) => {
    byTarget.set(key, (byTarget.get(key) ?? 0) + 1);
    await deliverOne(options, delivery);
    const left = (byTarget.get(key) ?? 1) - 1;
    if (left > 0) byTarget.set(key, left);
    else byTarget.delete(key);
    if (left <= FEW) wake();
  };
  const startDue = async () => {
    const limit = concurrency - underWay.size;
    if (limit <= 0) return;
    const busy = [...byTarget].filter(([, count]) => count > FEW).map(([key]) => key);
    const due = await claimDeliveries(db, { limit, perTarget: PER_TARGET, busy, leaseMs });
    for (const delivery of due) {
      const one = deliver(delivery, `${delivery.ruleId}/${delivery.targetId}`).finally(() => {
        underWay.delete(one);
      });
      underWay.add(one);
    }
  };
  /** Until a target has few left under way, or the time is up. */
  const pause = (forMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, forMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    async run(signal, everyMs) {
      do {
        await startDue();
        if (underWay.size > 0) await pause(everyMs);
      } while (underWay.size > 0 && !signal.aborted);
    },
    async idle() {
      await Promise.all(underWay);
    },
  };
}

/** What cannot be settled in the database is claimed again when its lease ends: delivered twice rather than never. */
async function deliverOne(options: DelivererOptions, delivery: EventDelivery): Promise<void> {
  const { onSettled } = options;
  try {
    onSettled(delivery, await settle(options, delivery, await attempt(options, delivery)));
  } catch (error) {
    onSettled(delivery, { kind: "failed", error: `could not be settled: ${wordsOf(error)}` });
  }
}

async function attempt({ deliver }: DelivererOptions, delivery: EventDelivery): Promise<DeliveryResult> {
  try {
    return await deliver(delivery);
  } catch (error) {
    return { kind: "failed", error: wordsOf(error) };
  }
}

async function settle(
  { db, firstRetryMs, random = Math.random }: DelivererOptions,
  delivery: EventDelivery,
  result: DeliveryResult,
): Promise<DeliveryResult> {
  const { id } = delivery;
  switch (result.kind) {
    case "delivered":
      await finishDelivery(db, id);
      return result;
    case "later":
      await postponeDelivery(db, id, result.delayMs);
      return result;
    case "dead":
      await buryDelivery(db, id, result.error);
      return result;
    case "failed": {
      const { error } = result;
      const delayMs = retryDelayMs(delivery, result, firstRetryMs, random());
      if (delayMs === null) {
        await buryDelivery(db, id, error);
        return { kind: "dead", error };
      }
      await putOffDelivery(db, id, { error, delayMs });
      return result;
    }
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
