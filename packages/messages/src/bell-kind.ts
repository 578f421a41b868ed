/** Every kind of bell and the queue that rings it; `db` types its rows with it and `queue` routes by it. */
import { autoscaler } from "./autoscaler.ts";
import { deployer } from "./deployer.ts";
import { fargateProvisioner } from "./fargate-provisioner.ts";
import { gateway } from "./gateway.ts";
import { loadBalancer } from "./load-balancer.ts";
import { type AnyDoorbell, type DoorbellNames, isDoorbell } from "./message.ts";
import { scheduler } from "./scheduler.ts";

/** The name of a doorbell message; unique over all queues. */
export type BellKind =
  | DoorbellNames<typeof scheduler>
  | DoorbellNames<typeof gateway>
  | DoorbellNames<typeof deployer>
  | DoorbellNames<typeof loadBalancer>
  | DoorbellNames<typeof autoscaler>
  | DoorbellNames<typeof fargateProvisioner>;

export interface BellRoute {
  /** The queue's name; a queue per replica gets the replica's id as suffix. */
  readonly queueName: string;
  readonly doorbell: AnyDoorbell;
}

const routes = new Map<string, BellRoute>(
  [scheduler, gateway, deployer, loadBalancer, autoscaler, fargateProvisioner].flatMap(({ name, messages }) =>
    Object.entries(messages).flatMap(([kind, message]) =>
      isDoorbell(message) ? [[kind, { queueName: name, doorbell: message }] as const] : [],
    ),
  ),
);

export const bellKinds: readonly BellKind[] = [...routes.keys()] as BellKind[];

export function bellRoute(kind: BellKind): BellRoute {
  const route = routes.get(kind);
  if (route === undefined) throw new TypeError(`no queue declares the bell ${kind}`);
  return route;
}
