/** Listeners, rules and targets through signed requests, on real PostgreSQL. */

import { CreateClusterCommand, RegisterContainerInstanceCommand } from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateRuleCommand,
  type CreateRuleCommandInput,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeregisterTargetsCommand,
  DescribeListenerAttributesCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ModifyListenerAttributesCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
  RegisterTargetsCommand,
  SetRulePrioritiesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { beforeEach, describe, expect, test } from "vitest";
import { type Clients, refusal, useApi } from "./api.test-data.ts";
import {
  defaultNetwork,
  makeBalancer,
  makeGroup,
  makeListener,
  type TestNetwork,
  textAction,
} from "./elb.test-data.ts";

const api = useApi();
let network: TestNetwork;
let clients: Clients;
let LoadBalancerArn: string;
beforeEach(async () => {
  network = await defaultNetwork(api.db);
  clients = api.clients();
  LoadBalancerArn = await makeBalancer(clients, network);
});

const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
const forward = (...arns: string[]) => ({
  Type: "forward" as const,
  ForwardConfig: {
    TargetGroups: arns.map((TargetGroupArn, Weight) => ({ TargetGroupArn, Weight })),
    TargetGroupStickinessConfig: { Enabled: false, DurationSeconds: 60 },
  },
});
const usesOf = () =>
  api.db.query<{ n: number }>("SELECT count(*)::int AS n FROM target_group_uses").then(([row]) => row?.n);

describe("a listener", () => {
  test("is made, found and changed, and says its actions as they were given", async () => {
    const TargetGroupArn = await makeGroup(clients, network);
    const ListenerArn = await makeListener(clients, LoadBalancerArn, { Type: "forward", TargetGroupArn });
    expect(ListenerArn).toMatch(
      new RegExp(`${LoadBalancerArn.replace("loadbalancer", "listener")}/[0-9a-f]{16}$`),
    );
    const found = await clients.elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
    expect(found.Listeners).toEqual([
      {
        ListenerArn,
        LoadBalancerArn,
        Port: 80,
        Protocol: "HTTP",
        DefaultActions: [
          {
            Type: "forward",
            TargetGroupArn,
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn, Weight: 1 }],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      },
    ]);
    const redirect = {
      Type: "redirect" as const,
      Order: 1,
      RedirectConfig: { Port: "443", Protocol: "HTTPS", StatusCode: "HTTP_301" as const },
    };
    const modified = await clients.elb.send(
      new ModifyListenerCommand({ ListenerArn, Port: 8080, DefaultActions: [redirect] }),
    );
    expect(modified.Listeners?.[0]).toMatchObject({
      Port: 8080,
      DefaultActions: [
        {
          Type: "redirect",
          Order: 1,
          RedirectConfig: { Host: "#{host}", Path: "/#{path}", Query: "#{query}" },
        },
      ],
    });
    expect(await usesOf()).toBe(0);
    await clients.elb.send(new DeleteListenerCommand({ ListenerArn }));
    const again = clients.elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] }));
    expect(await refusal(again)).toMatchObject({
      code: "ListenerNotFound",
      message: "One or more listeners not found",
    });
  });

  test("has its port for itself; asked again in the same words it is the same", async () => {
    const ListenerArn = await makeListener(clients, LoadBalancerArn);
    expect(await makeListener(clients, LoadBalancerArn)).toBe(ListenerArn);
    expect(await refusal(makeListener(clients, LoadBalancerArn, textAction("404")))).toMatchObject({
      code: "DuplicateListener",
      message: `A listener already exists on this port for this load balancer '${LoadBalancerArn}'`,
    });
    const other = await makeListener(clients, LoadBalancerArn, textAction(), 81);
    expect(await code(clients.elb.send(new ModifyListenerCommand({ ListenerArn: other, Port: 80 })))).toBe(
      "DuplicateListener",
    );
  });

  test.each([
    [{ Protocol: "TCP", Port: 80 }, "ValidationError"],
    [{ Protocol: "HTTP" }, "ValidationError"],
    [{ Port: 80 }, "ValidationError"],
    [{ Protocol: "HTTP", Port: 80, SslPolicy: "ELBSecurityPolicy-2016-08" }, "InvalidConfigurationRequest"],
  ] as const)("with %j is refused", async (more, expected) => {
    const made = new CreateListenerCommand({ LoadBalancerArn, DefaultActions: [textAction()], ...more });
    expect(await code(clients.elb.send(made))).toBe(expected);
  });

  test("sends to groups that are there and that no other load balancer has", async () => {
    const TargetGroupArn = await makeGroup(clients, network);
    await makeListener(clients, LoadBalancerArn, { Type: "forward", TargetGroupArn });
    const other = await makeBalancer(clients, network, "other");
    const taken = makeListener(clients, other, { Type: "forward", TargetGroupArn });
    expect(await code(taken)).toBe("TargetGroupAssociationLimit");
    const missing = TargetGroupArn.replace(/.{16}$/, "0".repeat(16));
    expect(await code(makeListener(clients, other, { Type: "forward", TargetGroupArn: missing }))).toBe(
      "TargetGroupNotFound",
    );
  });

  test("shows its attributes and keeps their defaults", async () => {
    const ListenerArn = await makeListener(clients, LoadBalancerArn);
    const { Attributes } = await clients.elb.send(new DescribeListenerAttributesCommand({ ListenerArn }));
    const set = await clients.elb.send(new ModifyListenerAttributesCommand({ ListenerArn, Attributes }));
    expect(set.Attributes).toEqual(Attributes);
  });
});

describe("a rule", () => {
  let ListenerArn: string;
  beforeEach(async () => {
    ListenerArn = await makeListener(clients, LoadBalancerArn);
  });
  const rule = async (Priority: number, more: Partial<CreateRuleCommandInput> = {}) => {
    const made = await clients.elb.send(
      new CreateRuleCommand({
        ListenerArn,
        Priority,
        Conditions: [{ Field: "path-pattern", Values: [`/${Priority}/*`] }],
        Actions: [textAction()],
        ...more,
      }),
    );
    return made.Rules?.[0]?.RuleArn ?? "";
  };
  const priorities = async (more = {}) =>
    (await clients.elb.send(new DescribeRulesCommand({ ListenerArn, ...more }))).Rules?.map(
      ({ Priority }) => Priority,
    );

  test("stands in the order of its priority, the default rule last", async () => {
    for (const priority of [20, 5, 10_000]) await rule(priority);
    expect(await priorities()).toEqual(["5", "20", "10000", "default"]);
    const first = await clients.elb.send(new DescribeRulesCommand({ ListenerArn, PageSize: 3 }));
    expect(first.Rules).toHaveLength(3);
    expect(await priorities({ Marker: first.NextMarker })).toEqual(["default"]);
  });

  test("keeps conditions and weighted actions, and changes them", async () => {
    const groups = [await makeGroup(clients, network), await makeGroup(clients, network, { Name: "app2" })];
    const Conditions = [
      { Field: "host-header", HostHeaderConfig: { Values: ["*.example.com"] } },
      { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Env", Values: ["test"] } },
      { Field: "query-string", QueryStringConfig: { Values: [{ Key: "v", Value: "1" }] } },
    ];
    const RuleArn = await rule(1, { Conditions, Actions: [forward(...groups)] });
    const find = async () =>
      (await clients.elb.send(new DescribeRulesCommand({ RuleArns: [RuleArn] }))).Rules?.[0];
    expect(await find()).toMatchObject({
      RuleArn,
      IsDefault: false,
      Conditions: [{ Values: ["*.example.com"], ...Conditions[0] }, Conditions[1], Conditions[2]],
      Actions: [forward(...groups)],
    });
    expect(await usesOf()).toBe(2);
    await clients.elb.send(new ModifyRuleCommand({ RuleArn, Actions: [textAction("503")] }));
    expect(await find()).toMatchObject({ Conditions: [{}, {}, {}], Actions: [textAction("503")] });
    expect(await usesOf()).toBe(0);
  });

  test("has its priority for itself; priorities are exchanged together or not at all", async () => {
    const [one, two] = [await rule(1), await rule(2)];
    expect(await refusal(rule(2))).toMatchObject({
      code: "PriorityInUse",
      message: "Priority '2' is currently in use",
    });
    const set = (...RulePriorities: { RuleArn: string; Priority: number }[]) =>
      clients.elb.send(new SetRulePrioritiesCommand({ RulePriorities }));
    await set({ RuleArn: one, Priority: 2 }, { RuleArn: two, Priority: 1 });
    const { Rules } = await clients.elb.send(new DescribeRulesCommand({ ListenerArn }));
    expect(Rules?.slice(0, 2).map(({ RuleArn }) => RuleArn)).toEqual([two, one]);
    expect(await code(set({ RuleArn: one, Priority: 1 }))).toBe("PriorityInUse");
    expect(await priorities()).toEqual(["1", "2", "default"]);
  });

  test("is deleted, but the default one is not and cannot be changed", async () => {
    const RuleArn = await rule(1);
    await clients.elb.send(new DeleteRuleCommand({ RuleArn }));
    expect(await code(clients.elb.send(new DeleteRuleCommand({ RuleArn })))).toBe("RuleNotFound");
    const { Rules } = await clients.elb.send(new DescribeRulesCommand({ ListenerArn }));
    const main = { RuleArn: Rules?.[0]?.RuleArn };
    expect(Rules?.[0]).toMatchObject({ IsDefault: true, Conditions: [], Actions: [textAction()] });
    expect(await code(clients.elb.send(new DeleteRuleCommand(main)))).toBe("OperationNotPermitted");
    expect(await code(clients.elb.send(new ModifyRuleCommand(main)))).toBe("OperationNotPermitted");
  });

  test("is one of a hundred at most", async () => {
    await api.db.query(
      `INSERT INTO listener_rules (id, listener_id, priority, conditions, actions, tags)
       SELECT md5(n::text), (SELECT id FROM listeners), n, '[]', '[]', '[]' FROM generate_series(1, 100) n`,
    );
    expect(await code(rule(101))).toBe("TooManyRules");
  });
});

describe("targets", () => {
  let TargetGroupArn: string;
  beforeEach(async () => {
    TargetGroupArn = await makeGroup(clients, network);
  });
  const register = (...ids: string[]) =>
    clients.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: ids.map((Id) => ({ Id })) }));
  const deregister = (Id: string) =>
    clients.elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id }] }));
  const health = async (...ids: string[]) =>
    (
      await clients.elb.send(
        new DescribeTargetHealthCommand({
          TargetGroupArn,
          ...(ids.length > 0 ? { Targets: ids.map((Id) => ({ Id })) } : {}),
        }),
      )
    ).TargetHealthDescriptions?.map(({ Target, TargetHealth }) => [
      Target?.Id,
      TargetHealth?.State,
      TargetHealth?.Reason,
    ]);

  test("are unused until a listener uses their group, and then new until they were checked", async () => {
    await register("10.0.0.1", "10.0.0.2");
    await register("10.0.0.1");
    expect(await health()).toEqual([
      ["10.0.0.1", "unused", "Target.NotInUse"],
      ["10.0.0.2", "unused", "Target.NotInUse"],
    ]);
    await makeListener(clients, LoadBalancerArn, { Type: "forward", TargetGroupArn });
    await api.db.query(
      `INSERT INTO target_health (target_group_id, target_id, port, state)
       SELECT target_group_id, target_id, port, 'healthy' FROM targets WHERE target_id = '10.0.0.2'`,
    );
    expect(await health()).toEqual([
      ["10.0.0.1", "initial", "Elb.RegistrationInProgress"],
      ["10.0.0.2", "healthy", undefined],
    ]);
    expect(await health("10.0.0.3")).toEqual([["10.0.0.3", "unused", "Target.NotRegistered"]]);
  });

  test("drain when they are deregistered, and are new when they come back", async () => {
    await makeListener(clients, LoadBalancerArn, { Type: "forward", TargetGroupArn });
    await register("10.0.0.1");
    await deregister("10.0.0.1");
    expect(await health()).toEqual([["10.0.0.1", "draining", "Target.DeregistrationInProgress"]]);
    await register("10.0.0.1");
    expect(await health()).toEqual([["10.0.0.1", "initial", "Elb.RegistrationInProgress"]]);
    await deregister("10.0.0.9");
    expect(await health()).toHaveLength(1);
  });

  test("are gone at once where no load balancer sends to them", async () => {
    await register("10.0.0.1");
    await deregister("10.0.0.1");
    expect(await health()).toEqual([]);
    await register("10.0.0.1");
    await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    expect(await health()).toEqual([["10.0.0.1", "unused", "Target.NotInUse"]]);
  });

  test("are private addresses, or machines that are there, a thousand at most", async () => {
    expect(await code(register("8.8.8.8"))).toBe("ValidationError");
    expect(await code(register("i-0123456789abcdef0"))).toBe("ValidationError");
    const many = Array.from({ length: 1_001 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);
    expect(await code(register(...many))).toBe("TooManyTargets");
    TargetGroupArn = await makeGroup(clients, network, { Name: "machines", TargetType: "instance" });
    expect(await code(register("i-0123456789abcdef0"))).toBe("InvalidTarget");
    await clients.ecs.send(new CreateClusterCommand({}));
    const agent = await api.agent();
    const totalResources = ["CPU", "MEMORY"].map((name) => ({ name, type: "INTEGER", integerValue: 1_024 }));
    await agent.ecs.send(new RegisterContainerInstanceCommand({ totalResources }));
    const [machine] = await api.db.query<{ id: string }>(
      "UPDATE container_instances SET ec2_instance_id = 'i-0123456789abcdef0' RETURNING id",
    );
    await register("i-0123456789abcdef0", machine?.id ?? "");
    expect(await health()).toHaveLength(2);
  });
});
