/**
 * Every condition operator, by its base name, and how qualifiers change it; `evaluate` and document validation read it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { matchesWildcard, type Pattern } from "../wildcard.ts";
import { matchesArn } from "./arn.ts";
import { inAddressRange } from "./ip-address.ts";
import { compareDates, compareNumbers } from "./ordered.ts";

/** A value of the policy, variables filled in, in both readings. */
export type PolicyValue = { readonly text: string; readonly pattern: Pattern };

export type BaseOperator = {
  /** A negated operator asks that no policy value matches, and holds when the key is missing. */
  readonly negated: boolean;
  readonly matches: (policy: PolicyValue, request: string) => boolean;
};

export type Operator = {
  readonly base: BaseOperator | "null";
  readonly quantifier: "ForAllValues" | "ForAnyValue" | null;
  readonly ifExists: boolean;
};

const is = (matches: BaseOperator["matches"]): BaseOperator => ({ negated: false, matches });
const not = (matches: BaseOperator["matches"]): BaseOperator => ({ negated: true, matches });

const sameText: BaseOperator["matches"] = ({ text }, request) => text === request;
const sameFolded: BaseOperator["matches"] = ({ text }, request) =>
  text.toLowerCase() === request.toLowerCase();
const like: BaseOperator["matches"] = ({ pattern }, request) => matchesWildcard(pattern, request);
const arnLike: BaseOperator["matches"] = ({ pattern }, request) => matchesArn(pattern, request);
const address: BaseOperator["matches"] = ({ text }, request) => inAddressRange(text, request);
const bool: BaseOperator["matches"] = ({ text }, request) => sameFolded({ text, pattern: [] }, request);

type Compare = (request: string, policy: string) => number | null;
const ordered =
  (compare: Compare, holds: (order: number) => boolean): BaseOperator["matches"] =>
  ({ text }, request) => {
    const order = compare(request, text);
    return order !== null && holds(order);
  };

const orderedOperators = (kind: "Numeric" | "Date", compare: Compare): Record<string, BaseOperator> => ({
  [`${kind}Equals`]: is(ordered(compare, (order) => order === 0)),
  [`${kind}NotEquals`]: not(ordered(compare, (order) => order === 0)),
  [`${kind}LessThan`]: is(ordered(compare, (order) => order < 0)),
  [`${kind}LessThanEquals`]: is(ordered(compare, (order) => order <= 0)),
  [`${kind}GreaterThan`]: is(ordered(compare, (order) => order > 0)),
  [`${kind}GreaterThanEquals`]: is(ordered(compare, (order) => order >= 0)),
});

const BASE_OPERATORS: Readonly<Record<string, BaseOperator | "null">> = {
  StringEquals: is(sameText),
  StringNotEquals: not(sameText),
  StringEqualsIgnoreCase: is(sameFolded),
  StringNotEqualsIgnoreCase: not(sameFolded),
  StringLike: is(like),
  StringNotLike: not(like),
  ...orderedOperators("Numeric", compareNumbers),
  ...orderedOperators("Date", compareDates),
  Bool: is(bool),
  BinaryEquals: is(sameText),
  IpAddress: is(address),
  NotIpAddress: not(address),
  // Both take wildcards: ArnEquals and ArnLike behave identically.
  ArnEquals: is(arnLike),
  ArnLike: is(arnLike),
  ArnNotEquals: not(arnLike),
  ArnNotLike: not(arnLike),
  Null: "null",
};

const BY_FOLDED_NAME = new Map(
  Object.entries(BASE_OPERATORS).map(([name, base]) => [name.toLowerCase(), base]),
);
const WRITTEN = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/;

/** Null for an operator that does not exist. Names are case-insensitive. */
export function operatorOf(written: string): Operator | null {
  const [, quantifier, name, ifExists] = WRITTEN.exec(written.toLowerCase()) ?? [];
  const base = name === undefined ? undefined : BY_FOLDED_NAME.get(name);
  if (!base || (base === "null" && (ifExists || quantifier))) return null;
  return {
    base,
    quantifier:
      quantifier === undefined ? null : quantifier === "forallvalues" ? "ForAllValues" : "ForAnyValue",
    ifExists: ifExists !== undefined,
  };
}

export function isKnownOperator(written: string): boolean {
  return operatorOf(written) !== null;
}
