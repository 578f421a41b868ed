/** The policies of a principal, parsed once: a user's or role's own, or what every agent is given. */
import type { AgentPrincipal, Principal } from "@roadstead/db/principal";
import { type PolicyDocument, parsePolicyDocument } from "@roadstead/iam-policy/policy-document";
import { clusterArn, containerInstanceArn, logGroupArn, repositoryArn } from "@roadstead/model/arn";

/** Principals are resolved anew every second or so, and their policies parsed as often. */
const byPrincipal = new WeakMap<Principal, readonly PolicyDocument[]>();

export function policiesOf({
  principal,
  accountId,
}: {
  readonly principal: Principal;
  readonly accountId: string;
}): readonly PolicyDocument[] {
  const known = byPrincipal.get(principal);
  if (known) return known;
  const policies =
    principal.kind === "agent"
      ? [agentPolicy(principal, accountId)]
      : principal.policies.map(({ name, document }) => parsed(name, document));
  byPrincipal.set(principal, policies);
  return policies;
}

/** What a role's session was narrowed to when it began; null for everything that the role may do. */
export const sessionPolicyOf = (principal: Principal): PolicyDocument | null =>
  principal.kind === "role" && principal.sessionPolicy !== null
    ? parsed("session", principal.sessionPolicy)
    : null;

const PARSED_MAX = 1_000;
const parsedPolicies = new Map<string, PolicyDocument>();

/** A stored document was valid when it was put; one that no longer parses denies everything. */
function parsed(name: string, text: string): PolicyDocument {
  const key = `${name} ${text}`;
  const cached = parsedPolicies.get(key);
  if (cached) return cached;
  const result = parsePolicyDocument(text, name);
  const document = result.ok ? result.document : DENY_ALL;
  if (parsedPolicies.size >= PARSED_MAX) parsedPolicies.clear();
  parsedPolicies.set(key, document);
  return document;
}

const mustParse = (policy: object): PolicyDocument => {
  const result = parsePolicyDocument(JSON.stringify(policy), "built-in");
  if (!result.ok) throw new Error("a built-in policy does not parse");
  return result.document;
};

const DENY_ALL = mustParse({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
});

/**
 * An agent may register in its cluster, then speak for its own container instance alone, pull the images of its account
 * wherever they are, and write what its containers say to the account's log groups, but read none.
 */
function agentPolicy(agent: AgentPrincipal, accountId: string): PolicyDocument {
  const place = { accountId, region: agent.region };
  const own = agent.containerInstanceId;
  return mustParse({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "ecs:RegisterContainerInstance",
          "ecs:SubmitTaskStateChange",
          "ecs:SubmitContainerStateChange",
          "ecs:SubmitAttachmentStateChanges",
        ],
        Resource: clusterArn(place, agent.clusterName),
      },
      { Effect: "Allow", Action: ["ecs:DiscoverPollEndpoint", "ecr:GetAuthorizationToken"], Resource: "*" },
      {
        Effect: "Allow",
        Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
        Resource: repositoryArn({ accountId, region: "*" }, "*"),
      },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: logGroupArn({ accountId, region: "*" }, "*"),
      },
      ...(own
        ? [
            {
              Effect: "Allow",
              Action: ["ecs:Poll", "ecs:StartTelemetrySession"],
              Resource: containerInstanceArn(place, agent.clusterName, own),
            },
          ]
        : []),
    ],
  });
}
