/** Decides whether a caller may do what an operation asks for; denied unless a policy says otherwise. */
import { awsError } from "@roadstead/aws-protocol/errors";
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { AgentPrincipal } from "@roadstead/db/principal";
import { accessDeniedMessage } from "@roadstead/iam-policy/access-denied";
import { evaluate } from "@roadstead/iam-policy/evaluate";
import { type PolicyDocument, parsePolicyDocument } from "@roadstead/iam-policy/policy-document";
import { clusterArn, containerInstanceArn } from "@roadstead/model/arn";
import type { Caller } from "./context.ts";

/** Throws AccessDeniedException for the first thing the caller may not do. */
export function authorize(caller: Caller, wanted: readonly Authorization[], now: Date): void {
  const policies = policiesOf(caller);
  for (const { action, resource, context } of wanted) {
    const request = {
      principalArn: caller.principal.arn,
      action,
      resource,
      context: { ...globalContext(caller, now), ...context },
    };
    const { decision } = evaluate(request, policies);
    if (decision !== "allow") {
      throw awsError("AccessDeniedException", accessDeniedMessage({ ...request, decision }));
    }
  }
}

function globalContext({ principal, accountId }: Caller, now: Date): Record<string, string> {
  return {
    "aws:PrincipalArn": principal.arn,
    "aws:PrincipalAccount": accountId,
    "aws:CurrentTime": now.toISOString(),
    "aws:EpochTime": String(Math.floor(now.getTime() / 1_000)),
    ...(principal.kind === "user"
      ? { "aws:username": principal.userName, "aws:userid": principal.userId }
      : {}),
  };
}

function policiesOf({ principal, accountId }: Caller): readonly PolicyDocument[] {
  if (principal.kind === "agent") return [agentPolicy(principal, accountId)];
  return principal.policies.map(({ name, document }) => parsed(name, document));
}

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

/** An agent may register in its cluster, and then speak for its own container instance alone. */
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
      { Effect: "Allow", Action: "ecs:DiscoverPollEndpoint", Resource: "*" },
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
