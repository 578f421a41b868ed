/** What a valid identity-based policy says; `policy-document` makes it, `evaluate` reads it. */

export type PolicyVersion = "2008-10-17" | "2012-10-17";

export type Condition = {
  /** As written, such as `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

export type Statement = {
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
  readonly action: { readonly negated: boolean; readonly patterns: readonly string[] };
  readonly resource: { readonly negated: boolean; readonly patterns: readonly string[] };
  readonly conditions: readonly Condition[];
};

export type PolicyDocument = {
  readonly name: string;
  readonly version: PolicyVersion;
  readonly statements: readonly Statement[];
};
