/** Reads the conditions of a rule into what rows keep, within AWS's limits; CreateRule and ModifyRule call it. */
import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { BalancerCondition } from "@roadstead/model/balancer-rule";
import { isCidr } from "./addresses.ts";
import { elbErrors } from "./errors.ts";

const VALUES_MAX = 5;
const WILDCARDS_MAX = 5;
const VALUE_MAX_CHARS = 128;
const HEADER_NAME_MAX_CHARS = 40;

type Field = BalancerCondition["field"];

/** The member that each field's configuration stands in. */
const CONFIGS = {
  "host-header": "HostHeaderConfig",
  "path-pattern": "PathPatternConfig",
  "http-header": "HttpHeaderConfig",
  "query-string": "QueryStringConfig",
  "http-request-method": "HttpRequestMethodConfig",
  "source-ip": "SourceIpConfig",
} as const satisfies Record<Field, keyof RuleCondition>;

/** These may stand in a rule as often as is wanted. */
const REPEATABLE: readonly string[] = ["http-header", "query-string"];

export function readConditions(given: readonly RuleCondition[] | undefined): readonly BalancerCondition[] {
  const conditions = (given ?? []).map(readCondition);
  if (conditions.length === 0) throw elbErrors.validation("A rule must have at least one condition");
  const once = conditions.map(({ field }) => field).filter((field) => !REPEATABLE.includes(field));
  const twice = once.find((field, index) => once.indexOf(field) !== index);
  if (twice) throw elbErrors.validation(`A rule can have only one '${twice}' condition`);
  const values = conditions.flatMap(textsOf);
  if (values.length > VALUES_MAX) {
    throw elbErrors.validation(`A rule can have at most '${VALUES_MAX}' condition values`);
  }
  const wildcards = values.join("").replaceAll(/[^*?]/g, "").length;
  if (wildcards > WILDCARDS_MAX) {
    throw elbErrors.validation(`A rule can have at most '${WILDCARDS_MAX}' wildcards`);
  }
  return conditions;
}

const textsOf = (condition: BalancerCondition): readonly string[] =>
  condition.field === "query-string"
    ? condition.values.map(({ key, value }) => (key ?? "") + value)
    : condition.values;

const isField = (text: string): text is Field => Object.hasOwn(CONFIGS, text);

function readCondition(condition: RuleCondition): BalancerCondition {
  const field = condition.Field ?? "";
  if (!isField(field)) {
    throw elbErrors.validation(
      `Condition field '${field}' must be one of '[${Object.keys(CONFIGS).join(", ")}]'`,
    );
  }
  for (const [of, member] of Object.entries(CONFIGS)) {
    if (condition[member] !== undefined && of !== field) {
      throw elbErrors.validation(`${member} cannot be specified for a condition with field '${field}'`);
    }
  }
  refuseRegex(condition);
  if (field === "query-string") return { field, values: readQueryValues(condition) };
  const values = readValues(condition, field);
  if (field !== "http-header") return { field, values };
  const name = condition.HttpHeaderConfig?.HttpHeaderName ?? "";
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || name.length > HEADER_NAME_MAX_CHARS) {
    throw elbErrors.validation(`The HTTP header name '${name}' is not valid`);
  }
  return { field, name, values };
}

function refuseRegex(condition: RuleCondition): void {
  const { HostHeaderConfig, PathPatternConfig, HttpHeaderConfig } = condition;
  const places = [condition, HostHeaderConfig, PathPatternConfig, HttpHeaderConfig];
  if (places.some((place) => place?.RegexValues?.length)) {
    throw elbErrors.unsupported("Regular expressions in conditions are not supported");
  }
}

function readValues(condition: RuleCondition, field: Exclude<Field, "query-string">): readonly string[] {
  const configured = condition[CONFIGS[field]]?.Values ?? [];
  const plain = condition.Values ?? [];
  // What was described says the values in both members; it may come back like this.
  if (configured.length > 0 && plain.length > 0 && configured.join("\n") !== plain.join("\n")) {
    throw elbErrors.validation(`Values and ${CONFIGS[field]} cannot both be specified`);
  }
  const values = configured.length > 0 ? configured : plain;
  if (values.length === 0) throw elbErrors.validation("A condition value must be specified");
  const wrong = values.find((value) => !CHECKS[field](value));
  if (wrong !== undefined) {
    throw elbErrors.validation(`The condition value '${wrong}' is not valid for field '${field}'`);
  }
  return values;
}

const within = (pattern: RegExp) => (value: string) => value.length <= VALUE_MAX_CHARS && pattern.test(value);

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html */
const CHECKS: Readonly<Record<Exclude<Field, "query-string">, (value: string) => boolean>> = {
  "host-header": within(/^[A-Za-z0-9.*?:-]+$/),
  "path-pattern": within(/^[A-Za-z0-9_.$/~"'@:+*?&-]+$/),
  "http-header": within(/^[\x20-\x7e]+$/),
  "http-request-method": (value) => /^[A-Z_-]{1,40}$/.test(value),
  "source-ip": isCidr,
};

function readQueryValues({ QueryStringConfig: config }: RuleCondition) {
  const values = (config?.Values ?? []).map(({ Key, Value }) => ({ key: Key || null, value: Value ?? "" }));
  if (values.length === 0) throw elbErrors.validation("A condition value must be specified");
  const printable = within(/^[\x20-\x7e]+$/);
  const wrong = values.find(({ key, value }) => !printable(value) || (key !== null && !printable(key)));
  if (wrong) {
    throw elbErrors.validation(`The condition value '${wrong.value}' is not valid for field 'query-string'`);
  }
  return values;
}
