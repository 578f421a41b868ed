/** What a listener does with requests, as rows keep it: actions and conditions. The api reads them in, the load balancer obeys them. */

interface Ordered {
  /** As it was given; there is one action that answers a request, so it decides nothing. */
  readonly order?: number;
}

export interface ForwardAction extends Ordered {
  readonly type: "forward";
  /** One to five; a share is its weight over the sum of all. */
  readonly targetGroups: readonly { readonly targetGroupId: string; readonly weight: number }[];
  /** How long a client stays with the group it was sent to; null when each request is shared out anew. */
  readonly stickinessSeconds: number | null;
  /** What was said beside `Enabled: false`: it is shown again, and does nothing. */
  readonly idleStickinessSeconds?: number;
}

/** Each part may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` of the request. */
export interface RedirectAction extends Ordered {
  readonly type: "redirect";
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  /** Begins with a slash. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly statusCode: 301 | 302;
}

export interface FixedResponseAction extends Ordered {
  readonly type: "fixed-response";
  readonly statusCode: number;
  readonly contentType: string | null;
  readonly messageBody: string;
}

export type BalancerAction = ForwardAction | RedirectAction | FixedResponseAction;

/** All conditions of a rule must hold; of a condition's values, one. `*` and `?` are wildcards except in methods and addresses. */
export type BalancerCondition =
  | { readonly field: "host-header" | "path-pattern"; readonly values: readonly string[] }
  | { readonly field: "http-header"; readonly name: string; readonly values: readonly string[] }
  | {
      readonly field: "query-string";
      /** With no key, the value of any key counts. */
      readonly values: readonly { readonly key: string | null; readonly value: string }[];
    }
  | { readonly field: "http-request-method"; readonly values: readonly string[] }
  /** CIDR blocks of IPv4 or IPv6. */
  | { readonly field: "source-ip"; readonly values: readonly string[] };

/** The target groups that an action list sends requests to, each once. */
export const forwardedGroups = (actions: readonly BalancerAction[]): readonly string[] => [
  ...new Set(
    actions.flatMap((action) =>
      action.type === "forward" ? action.targetGroups.map(({ targetGroupId }) => targetGroupId) : [],
    ),
  ),
];
