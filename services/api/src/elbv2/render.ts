/** How answers show load balancers, listeners, rules and target groups. */
import type {
  Action,
  Listener,
  LoadBalancer,
  Rule,
  RuleCondition,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ListenerRuleRow } from "@roadstead/db/listener-rules";
import type { ListenerRow } from "@roadstead/db/listeners";
import type { LoadBalancerRow } from "@roadstead/db/load-balancers";
import type { TargetGroupRow } from "@roadstead/db/target-groups";
import { listenerArn, listenerRuleArn, loadBalancerArn, targetGroupArn } from "@roadstead/model/balancer-arn";
import type { BalancerAction, BalancerCondition, ForwardAction } from "@roadstead/model/balancer-rule";
import { DEFAULT_SSL_POLICY } from "@roadstead/model/ssl-policy";
import type { ApiContext } from "../context.ts";

export const renderLoadBalancer = ({ scope }: ApiContext, row: LoadBalancerRow): LoadBalancer => ({
  LoadBalancerArn: loadBalancerArn(scope, row),
  DNSName: row.dnsName,
  CreatedTime: row.createdAt,
  LoadBalancerName: row.name,
  Scheme: row.scheme,
  VpcId: row.vpcId,
  State: { Code: row.state, ...(row.stateReason === null ? {} : { Reason: row.stateReason }) },
  Type: row.type,
  AvailabilityZones: renderZones(row.subnets),
  SecurityGroups: [...row.securityGroups],
  IpAddressType: "ipv4",
});

export const renderZones = (subnets: LoadBalancerRow["subnets"]) =>
  subnets.map(({ subnetId, zoneName }) => ({
    ZoneName: zoneName,
    SubnetId: subnetId,
    LoadBalancerAddresses: [],
  }));

export const renderTargetGroup = ({ scope }: ApiContext, row: TargetGroupRow): TargetGroup => ({
  TargetGroupArn: targetGroupArn(scope, row.name, row.id),
  TargetGroupName: row.name,
  Protocol: row.protocol,
  Port: row.port,
  VpcId: row.vpcId,
  HealthCheckProtocol: row.healthCheck.protocol,
  HealthCheckPort: row.healthCheck.port,
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: row.healthCheck.intervalSeconds,
  HealthCheckTimeoutSeconds: row.healthCheck.timeoutSeconds,
  HealthyThresholdCount: row.healthCheck.healthyThreshold,
  UnhealthyThresholdCount: row.healthCheck.unhealthyThreshold,
  HealthCheckPath: row.healthCheck.path,
  Matcher: { HttpCode: row.healthCheck.matcher },
  LoadBalancerArns: row.usedBy ? [loadBalancerArn(scope, row.usedBy)] : [],
  TargetType: row.targetType,
  ProtocolVersion: row.protocolVersion,
  IpAddressType: "ipv4",
});

/** ARNs of the target groups that actions name, by id. */
export type GroupArns = ReadonlyMap<string, string>;

export const balancerOf = (row: ListenerRow) => ({ id: row.loadBalancerId, name: row.loadBalancerName });

export const arnOfListener = ({ scope }: ApiContext, row: ListenerRow) =>
  listenerArn(scope, balancerOf(row), row.id);

export const renderListener = (ctx: ApiContext, row: ListenerRow, groups: GroupArns): Listener => ({
  ListenerArn: arnOfListener(ctx, row),
  LoadBalancerArn: loadBalancerArn(ctx.scope, balancerOf(row)),
  Port: row.port,
  Protocol: row.protocol,
  DefaultActions: renderActions(row.defaultActions, groups),
  ...(row.protocol === "HTTPS" ? renderTls(row) : {}),
});

/** The default certificate alone: the others are described by an operation of their own. */
const renderTls = ({ certificates, sslPolicy }: ListenerRow) => ({
  Certificates: certificates.slice(0, 1).map((CertificateArn) => ({ CertificateArn })),
  SslPolicy: sslPolicy ?? DEFAULT_SSL_POLICY,
  MutualAuthentication: { Mode: "off" },
});

/** A rule, or with null the default rule of the listener. */
export function renderRule(
  { scope }: ApiContext,
  listener: ListenerRow,
  rule: ListenerRuleRow | null,
  groups: GroupArns,
): Rule {
  const ruleId = rule?.id ?? listener.defaultRuleId;
  return {
    RuleArn: listenerRuleArn(scope, balancerOf(listener), { listenerId: listener.id, ruleId }),
    Priority: rule ? String(rule.priority) : "default",
    Conditions: (rule?.conditions ?? []).map(renderCondition),
    Actions: renderActions(rule?.actions ?? listener.defaultActions, groups),
    IsDefault: rule === null,
  };
}

const renderActions = (actions: readonly BalancerAction[], groups: GroupArns): Action[] =>
  actions.map((action) => ({
    ...renderAction(action, groups),
    ...(action.order === undefined ? {} : { Order: action.order }),
  }));

function renderAction(action: BalancerAction, groups: GroupArns): Action {
  switch (action.type) {
    case "forward":
      return renderForward(action, groups);
    case "redirect":
      return {
        Type: action.type,
        RedirectConfig: {
          Protocol: action.protocol,
          Port: action.port,
          Host: action.host,
          Path: action.path,
          Query: action.query,
          StatusCode: `HTTP_${action.statusCode}`,
        },
      };
    default:
      return {
        Type: action.type,
        FixedResponseConfig: {
          MessageBody: action.messageBody,
          StatusCode: String(action.statusCode),
          ...(action.contentType === null ? {} : { ContentType: action.contentType }),
        },
      };
  }
}

/** A single group is also said where it was before there were several. */
function renderForward(action: ForwardAction, groups: GroupArns): Action {
  const { targetGroups, stickinessSeconds, idleStickinessSeconds } = action;
  const tuples = targetGroups.map(({ targetGroupId, weight }) => ({
    TargetGroupArn: groups.get(targetGroupId),
    Weight: weight,
  }));
  const [only, ...others] = tuples;
  const seconds = stickinessSeconds ?? idleStickinessSeconds;
  const stickiness = {
    Enabled: stickinessSeconds !== null,
    ...(seconds === undefined ? {} : { DurationSeconds: seconds }),
  };
  return {
    Type: "forward",
    ...(only && others.length === 0 ? { TargetGroupArn: only.TargetGroupArn } : {}),
    ForwardConfig: { TargetGroups: tuples, TargetGroupStickinessConfig: stickiness },
  };
}

function renderCondition(condition: BalancerCondition): RuleCondition {
  const { field } = condition;
  switch (field) {
    case "host-header":
      return {
        Field: field,
        Values: [...condition.values],
        HostHeaderConfig: { Values: [...condition.values] },
      };
    case "path-pattern":
      return {
        Field: field,
        Values: [...condition.values],
        PathPatternConfig: { Values: [...condition.values] },
      };
    case "http-header":
      return {
        Field: field,
        HttpHeaderConfig: { HttpHeaderName: condition.name, Values: [...condition.values] },
      };
    case "query-string":
      return { Field: field, QueryStringConfig: { Values: condition.values.map(renderQueryValue) } };
    case "http-request-method":
      return { Field: field, HttpRequestMethodConfig: { Values: [...condition.values] } };
    default:
      return { Field: field, SourceIpConfig: { Values: [...condition.values] } };
  }
}

const renderQueryValue = ({ key, value }: { readonly key: string | null; readonly value: string }) => ({
  ...(key === null ? {} : { Key: key }),
  Value: value,
});
