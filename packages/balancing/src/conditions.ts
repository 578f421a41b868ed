/** Renders a rule's conditions as named tests; frontends put them before the rule's actions. */
import type { BalancerCondition } from "@roadstead/model/balancer-rule";
import { verbatim, wildcardRegex, word } from "./quote.ts";

export interface RenderedConditions {
  readonly lines: readonly string[];
  /** All of them must hold. */
  readonly names: readonly string[];
}

const NEVER = "always_false";

export function renderConditions(
  prefix: string,
  conditions: readonly BalancerCondition[],
): RenderedConditions {
  const rendered = conditions.map((condition, index) => {
    const name = `${prefix}c${index}`;
    const tests = testsOf(condition);
    // Tests of one name are alternatives.
    return { name, lines: (tests.length > 0 ? tests : [NEVER]).map((test) => `acl ${name} ${test}`) };
  });
  return { lines: rendered.flatMap(({ lines }) => lines), names: rendered.map(({ name }) => name) };
}

function testsOf(condition: BalancerCondition): readonly string[] {
  switch (condition.field) {
    case "path-pattern":
      return condition.values.map((value) => `path -m reg ${whole(value)}`);
    case "host-header":
      // A port is looked at where the pattern has one.
      return condition.values.map(
        (value) => `req.hdr(host)${value.includes(":") ? "" : ",field(1,:)"} -i -m reg ${whole(value)}`,
      );
    case "http-header":
      return headerTests(condition.name, condition.values);
    case "query-string":
      return condition.values.map(queryTest);
    case "http-request-method":
      return condition.values.map((value) =>
        /^[A-Z_-]{1,40}$/.test(value) ? `method -m str -- ${value}` : NEVER,
      );
    case "source-ip":
      return condition.values.map((value) => (isCidr(value) ? `src ${value}` : NEVER));
  }
}

/** What is no header's name matches none. */
const headerTests = (name: string, values: readonly string[]): readonly string[] =>
  /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(name)
    ? values.map((value) => `${header(name)} -i -m reg ${whole(value)}`)
    : [];

/** Of the characters of names some mean something to the parser of a test's arguments, unless quoted there as well. */
const header = (name: string): string =>
  /^[A-Za-z0-9_-]+$/.test(name) ? `req.fhdr(${name})` : word(`req.fhdr("${name}")`);

/** AWS looks at keys and values as they were sent, whatever their case. */
function queryTest({ key, value }: { readonly key: string | null; readonly value: string }): string {
  const name = key === null ? "[^&=]*" : wildcardRegex(key, "[^&=]");
  return `query -i -m reg ${verbatim(`(^|&)${name}=${wildcardRegex(value, "[^&]")}(&|$)`)}`;
}

const whole = (pattern: string): string => verbatim(`^${wildcardRegex(pattern)}$`);

const isCidr = (text: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/.test(text) || /^[0-9a-fA-F:]{2,39}(\/\d{1,3})?$/.test(text);
