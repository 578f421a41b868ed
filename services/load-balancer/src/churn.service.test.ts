/** What clients see of deployments, and of what others do with their load balancers: nothing. */
import { useDb } from "@roadstead/db/world.test-data";
import { describe, expect, onTestFinished, test } from "vitest";
import { aBalancer } from "./balancer-world.test-data.ts";
import { churn } from "./churn.test-data.ts";
import { aHaproxy, HAPROXY } from "./haproxy.test-data.ts";

if (HAPROXY === null) process.stderr.write("skipped: HAProxy is not installed\n");

const at = useDb();

describe.skipIf(HAPROXY === null)("a load balancer whose configuration others change", () => {
  test.each([
    ["while slow requests are waited for", { delaySeconds: 300, slowMs: 2_000, passEveryMsMax: 60 }],
    ["when it looks late and waits for a second", { delaySeconds: 1, slowMs: 300, passEveryMsMax: 2_500 }],
  ])(
    "fails no request of a service that is rolled, %s",
    async (_when, { delaySeconds, ...more }) => {
      const haproxy = await aHaproxy();
      onTestFinished(() => haproxy.remove());
      await haproxy.start();
      const world = await aBalancer(at.db, haproxy, delaySeconds);
      await world.runs();
      const outcome = await churn(at.db, world, { ...more, rolls: 3 });
      expect(outcome).toMatchObject({ failures: [], passErrors: [] });
      expect(Math.min(outcome.reloads, outcome.requests, outcome.slowRequests)).toBeGreaterThan(0);
    },
    180_000,
  );
});
