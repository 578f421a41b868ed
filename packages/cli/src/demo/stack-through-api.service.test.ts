/** What the demo makes through the API where Terraform is not at hand, against the whole api on real PostgreSQL. */
import { ACCOUNT, REGION, useApi } from "@roadstead/api/api.test-data";
import { type Listening, listen } from "@roadstead/api/listen";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ApiAccess } from "../api-client.ts";
import { callQuery, xmlTexts } from "../api-query.ts";
import { makeBalancer, removeBalancer, stackAuthority } from "./stack-balancer.ts";
import { makeIdentity, removeIdentity } from "./stack-identity.ts";
import { makeNetwork, removeNetwork } from "./stack-network.ts";
import { STACK } from "./stack-place.ts";
import { makeRepository, makeScaling, makeService, removeSurroundings } from "./stack-service.ts";

const api = useApi();
let listening: Listening;
let access: ApiAccess;

beforeEach(async () => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  listening = await listen(api.app, { host: "127.0.0.1", port: 0 });
  access = { url: `http://127.0.0.1:${listening.port}`, region: REGION, key: api.administrator() };
});
afterEach(async () => {
  await listening.close();
  vi.restoreAllMocks();
});

async function makeSurroundings() {
  const repository = await makeRepository(access);
  const network = await makeNetwork(access);
  const identity = await makeIdentity(access, ACCOUNT);
  return { repository, ...network, ...identity, ...(await makeBalancer(access, network)) };
}

const made = async (service: "ec2" | "iam" | "elasticloadbalancing", action: string, name: string) =>
  xmlTexts(await callQuery(access, service, { action, input: {} }), name);

test("making it once more finds what is there, and removing it leaves nothing", async () => {
  // Those of the default network, which is made with the first look at it.
  const gateways = await made("ec2", "DescribeInternetGateways", "internetGatewayId");
  const parts = await makeSurroundings();
  expect(await makeSurroundings()).toEqual(parts);
  expect(await stackAuthority(access)).toContain("BEGIN CERTIFICATE");

  for (const remove of [removeBalancer, removeSurroundings, removeIdentity, removeNetwork]) {
    await remove(access);
    await remove(access);
  }
  expect(await made("ec2", "DescribeVpcs", "cidrBlock")).not.toContain(STACK.range);
  expect(await made("ec2", "DescribeInternetGateways", "internetGatewayId")).toEqual(gateways);
  expect(await made("iam", "ListRoles", "RoleName")).toEqual([]);
  expect(await made("elasticloadbalancing", "DescribeLoadBalancers", "LoadBalancerArn")).toEqual([]);
  expect(await made("elasticloadbalancing", "DescribeTargetGroups", "TargetGroupArn")).toEqual([]);
});

test("a service that runs is left as it is", async () => {
  const parts = await makeSurroundings();
  const registered = async () => {
    await makeService(access, parts);
    await makeScaling(access);
    return api.db.query("SELECT 1 FROM task_definitions");
  };
  expect(await registered()).toHaveLength(1);
  expect(await registered()).toHaveLength(1);
});
