/** What an ARN of load balancing has to say before something is found by it, through signed requests on real PostgreSQL. */
import {
  AddTagsCommand,
  CreateListenerCommand,
  CreateRuleCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ModifyTargetGroupCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { beforeEach, expect, test } from "vitest";
import { ACCOUNT, type Clients, REGION, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork, makeBalancer, makeGroup, makeListener, textAction } from "./elb.test-data.ts";

const api = useApi();
let clients: Clients;
let arns: { readonly balancer: string; readonly group: string; readonly listener: string };
beforeEach(async () => {
  const network = await defaultNetwork(api.db);
  clients = api.clients();
  const balancer = await makeBalancer(clients, network);
  const listener = await makeListener(clients, balancer);
  arns = { balancer, listener, group: await makeGroup(clients, network) };
});

const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
const otherName = (arn: string) => arn.replace("/web/", "/mine/").replace("/app/", "/mine/");

async function callerWith(statement: object): Promise<Clients> {
  const UserName = "ann";
  await clients.iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await clients.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument }));
  const { AccessKey } = await clients.iam.send(new CreateAccessKeyCommand({ UserName }));
  return api.clients({
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  });
}

test("a permission on things of one name does not reach those of another by their ids", async () => {
  const ann = await callerWith({
    Effect: "Allow",
    Action: "elasticloadbalancing:*",
    Resource: `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:*/mine/*`,
  });
  const TargetGroupArn = arns.group.replace("/app/", "/mine/");
  const changed = ann.elb.send(new ModifyTargetGroupCommand({ TargetGroupArn, HealthCheckPath: "/x" }));
  expect(await code(changed)).toBe("TargetGroupNotFound");
  await ann.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
  const { TargetGroups } = await clients.elb.send(
    new DescribeTargetGroupsCommand({ TargetGroupArns: [arns.group] }),
  );
  expect(TargetGroups?.[0]?.HealthCheckPath).toBe("/");
});

test("the name in an ARN counts wherever one is named", async () => {
  const { elb } = clients;
  const [balancer, listener, group] = [
    arns.balancer.replace("/web/", "/mine/"),
    arns.listener.replace("/web/", "/mine/"),
    otherName(arns.group),
  ];
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: balancer }));
  const there = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arns.balancer] }));
  expect(there.LoadBalancers).toHaveLength(1);
  const { Rules } = await elb.send(new DescribeRulesCommand({ ListenerArn: arns.listener }));
  const rule = (Rules?.[0]?.RuleArn ?? "").replace("/web/", "/mine/");
  const forward = { Type: "forward", TargetGroupArn: group } as const;
  const wrong = {
    LoadBalancerNotFound: elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: balancer,
        Protocol: "HTTP",
        Port: 81,
        DefaultActions: [textAction()],
      }),
    ),
    ListenerNotFound: elb.send(new DescribeListenersCommand({ ListenerArns: [listener] })),
    RuleNotFound: elb.send(new DescribeRulesCommand({ RuleArns: [rule] })),
    TargetGroupNotFound: elb.send(
      new CreateRuleCommand({
        ListenerArn: arns.listener,
        Priority: 1,
        Conditions: [{ Field: "path-pattern", Values: ["/x"] }],
        Actions: [forward],
      }),
    ),
  };
  for (const [expected, answer] of Object.entries(wrong)) expect(await code(answer)).toBe(expected);
  expect(await code(elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: group })))).toBe(
    "TargetGroupNotFound",
  );
  const Tags = [{ Key: "a", Value: "b" }];
  expect(await code(elb.send(new AddTagsCommand({ ResourceArns: [listener], Tags })))).toBe(
    "ListenerNotFound",
  );
});
