/** ROADSTEAD_AUTH=insecure: for throw-away use, any key is good. */
import { CreateClusterCommand, ListClustersCommand } from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { useApi } from "./api.test-data.ts";

const api = useApi({ mode: "insecure" });

test("any key is good, and one of twelve digits names its account, which is made on first use", async () => {
  const anyone = api.clients({ accessKeyId: "test", secretAccessKey: "test" });
  expect((await anyone.sts.send(new GetCallerIdentityCommand({}))).Account).toBe("000000000000");
  const other = api.clients({ accessKeyId: "123456789012", secretAccessKey: "test" });
  const { cluster } = await other.ecs.send(new CreateClusterCommand({ clusterName: "c" }));
  expect(cluster?.clusterArn).toBe("arn:aws:ecs:us-east-1:123456789012:cluster/c");
  expect((await anyone.ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
});
