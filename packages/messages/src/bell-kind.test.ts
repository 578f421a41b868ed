import { expect, test } from "vitest";
import { autoscaler } from "./autoscaler.ts";
import { bellKinds, bellRoute } from "./bell-kind.ts";
import { deployer } from "./deployer.ts";
import { fargateProvisioner } from "./fargate-provisioner.ts";
import { gateway } from "./gateway.ts";
import { loadBalancer } from "./load-balancer.ts";
import { isDoorbell } from "./message.ts";
import { scheduler } from "./scheduler.ts";

const catalogs = [scheduler, gateway, deployer, loadBalancer, autoscaler, fargateProvisioner];

test("a bell's name is unique over all queues, so a row's kind says where to ring", () => {
  const names = catalogs.flatMap((catalog) =>
    Object.entries(catalog.messages).flatMap(([name, message]) => (isDoorbell(message) ? [name] : [])),
  );
  expect([...bellKinds].sort()).toEqual(names.sort());
  for (const catalog of catalogs) {
    for (const name of Object.keys(catalog.messages)) {
      expect(bellRoute(name as (typeof bellKinds)[number]).queueName).toBe(catalog.name);
    }
  }
});

test.each(bellKinds)("the message of %s follows from its row's key, and the key from the message", (kind) => {
  const { doorbell } = bellRoute(kind);
  const key = kind === "provisionTasks" ? "4711" : "0123456789abcdef0123456789abcdef";
  const message = doorbell.schema.parse(doorbell.fromKey(key));
  expect(doorbell.key(message as never)).toBe(key);
});

test("a kind nobody declares is refused", () => {
  expect(() => bellRoute("nobody" as never)).toThrow(/no queue declares/);
});
