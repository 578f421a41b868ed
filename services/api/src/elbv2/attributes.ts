/** The attributes of load balancers, target groups and listeners: their defaults, and which values have an effect here. */
import { elbErrors } from "./errors.ts";

interface AttributeRule {
  readonly default: string;
  readonly allows: (value: string) => boolean;
}

type Attributes = Readonly<Record<string, AttributeRule>>;
type Given =
  | readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]
  | undefined;

const flag = (value: boolean): AttributeRule => ({
  default: String(value),
  allows: (text) => text === "true" || text === "false",
});
const number = (value: number, min: number, max: number): AttributeRule => ({
  default: String(value),
  allows: (text) => /^(0|[1-9][0-9]*)$/.test(text) && Number(text) >= min && Number(text) <= max,
});
const oneOf = (value: string, ...others: readonly string[]): AttributeRule => ({
  default: value,
  allows: (text) => text === value || others.includes(text),
});
const HEADER_MAX_CHARS = 1_024;
/** Nothing, or what may stand in a header. */
const headerValue: AttributeRule = {
  default: "",
  allows: (text) =>
    text.length <= HEADER_MAX_CHARS && /^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/.test(text),
};
/** An attribute that does nothing here: it can be said as it is, and not otherwise. */
const only = (value: string): AttributeRule & { readonly fixed: true } => ({
  default: value,
  allows: (text) => text === value,
  fixed: true,
});

export const loadBalancerAttributes: Attributes = {
  "deletion_protection.enabled": flag(false),
  "idle_timeout.timeout_seconds": number(60, 1, 4_000),
  "client_keep_alive.seconds": only("3600"),
  "access_logs.s3.enabled": only("false"),
  "access_logs.s3.bucket": only(""),
  "access_logs.s3.prefix": only(""),
  "connection_logs.s3.enabled": only("false"),
  "connection_logs.s3.bucket": only(""),
  "connection_logs.s3.prefix": only(""),
  "health_check_logs.s3.enabled": only("false"),
  "health_check_logs.s3.bucket": only(""),
  "health_check_logs.s3.prefix": only(""),
  "ipv6.deny_all_igw_traffic": only("false"),
  "load_balancing.cross_zone.enabled": only("true"),
  "routing.http.desync_mitigation_mode": only("defensive"),
  "routing.http.drop_invalid_header_fields.enabled": flag(false),
  /** It is kept either way: without it AWS may change it, and does not say when. */
  "routing.http.preserve_host_header.enabled": flag(false),
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": flag(false),
  "routing.http.xff_client_port.enabled": flag(false),
  "routing.http.xff_header_processing.mode": oneOf("append", "preserve", "remove"),
  "routing.http2.enabled": flag(true),
  "waf.fail_open.enabled": only("false"),
  "zonal_shift.config.enabled": only("false"),
};

export const targetGroupAttributes: Attributes = {
  "deregistration_delay.timeout_seconds": number(300, 0, 3_600),
  "load_balancing.algorithm.type": oneOf("round_robin", "least_outstanding_requests", "weighted_random"),
  "load_balancing.algorithm.anomaly_mitigation": only("off"),
  /** A load balancer sends to every zone: said as its own configuration or here. */
  "load_balancing.cross_zone.enabled": oneOf("use_load_balancer_configuration", "true"),
  "slow_start.duration_seconds": {
    default: "0",
    allows: (text) => text === "0" || number(0, 30, 900).allows(text),
  },
  "stickiness.enabled": flag(false),
  "stickiness.type": only("lb_cookie"),
  "stickiness.lb_cookie.duration_seconds": number(86_400, 1, 604_800),
  "stickiness.app_cookie.cookie_name": only(""),
  "stickiness.app_cookie.duration_seconds": number(86_400, 1, 604_800),
  "target_group_health.dns_failover.minimum_healthy_targets.count": only("1"),
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": only("off"),
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": only("1"),
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": only("off"),
};

const HEADERS = [
  "access_control_allow_credentials",
  "access_control_allow_headers",
  "access_control_allow_methods",
  "access_control_allow_origin",
  "access_control_expose_headers",
  "access_control_max_age",
  "content_security_policy",
  "strict_transport_security",
  "x_content_type_options",
  "x_frame_options",
] as const;

export const listenerAttributes: Attributes = {
  "routing.http.response.server.enabled": flag(true),
  ...Object.fromEntries(HEADERS.map((name) => [`routing.http.response.${name}.header_value`, headerValue])),
};

/** Every attribute with the value that it has. */
export const renderAttributes = (rules: Attributes, set: Readonly<Record<string, string>>) =>
  Object.entries(rules).map(([Key, rule]) => ({ Key, Value: set[Key] ?? rule.default }));

/** What was set, with what is given put on top. */
export function withAttributes(
  rules: Attributes,
  set: Readonly<Record<string, string>>,
  given: Given,
): Readonly<Record<string, string>> {
  const changes = (given ?? []).map(({ Key = "", Value = "" }) => [Key, Value] as const);
  if (new Set(changes.map(([key]) => key)).size < changes.length) {
    throw elbErrors.validation("An attribute key can be specified once");
  }
  for (const [key, value] of changes) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (!rule) throw elbErrors.validation(`Attribute key '${key}' is not recognized`);
    if (rule.allows(value)) continue;
    throw "fixed" in rule
      ? elbErrors.unsupported(`Attribute '${key}' cannot be anything but '${rule.default}' on this server`)
      : elbErrors.validation(`The value '${value}' of attribute '${key}' is not valid`);
  }
  return { ...set, ...Object.fromEntries(changes) };
}

/** The same for a target group, some of whose attributes exclude each other. */
export function withTargetGroupAttributes(
  set: Readonly<Record<string, string>>,
  given: Given,
): Readonly<Record<string, string>> {
  const attributes = withAttributes(targetGroupAttributes, set, given);
  const slowStart = attributes["slow_start.duration_seconds"] ?? "0";
  const algorithm = attributes["load_balancing.algorithm.type"] ?? "round_robin";
  if (slowStart !== "0" && algorithm !== "round_robin") {
    throw elbErrors.invalidConfiguration(
      `Slow start cannot be used with the load balancing algorithm '${algorithm}'`,
    );
  }
  return attributes;
}
