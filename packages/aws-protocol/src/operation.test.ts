import { CreateCluster$, type CreateClusterCommand } from "@aws-sdk/client-ecs";
import { expect, it } from "vitest";
import { operationFactory } from "./operation.ts";

const operation = operationFactory<null>();

/** Checked by the compiler: a member the operation lacks, in or out, is an error. */
const typed = operation<CreateClusterCommand>(CreateCluster$, {
  authorize: ({ input }) => ({ action: "ecs:CreateCluster", resource: input.clusterName ?? "*" }),
  // @ts-expect-error `name` is no member of a cluster
  handle: async ({ input }) => ({ cluster: { name: input.clusterName } }),
});
const typedInput = operation<CreateClusterCommand>(CreateCluster$, {
  authorize: () => [],
  // @ts-expect-error `cluster` is no member of the input
  handle: async ({ input }) => ({ cluster: { clusterName: input.cluster } }),
});

it("the compiler refuses members the operation lacks, and one authorisation becomes a list", async () => {
  expect(typedInput.schema).toBe(typed.schema);
  expect(await typed.authorize({ clusterName: "c" }, null)).toEqual([
    { action: "ecs:CreateCluster", resource: "c" },
  ]);
});
