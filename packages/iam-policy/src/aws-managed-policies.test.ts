import { describe, expect, test } from "vitest";
import { awsManagedPolicies, awsManagedPolicy } from "./aws-managed-policies.ts";
import { evaluate } from "./evaluate.ts";
import { parsePolicyDocument } from "./policy-document.ts";

const may = (name: string, action: string, context: Record<string, string> = {}) => {
  const policy = awsManagedPolicies.find((one) => one.name === name);
  const parsed = parsePolicyDocument(policy?.document ?? "", name);
  if (!parsed.ok) throw new Error(parsed.errors.join());
  const request = { principalArn: "arn:aws:iam::1:role/x", action, resource: "*", context };
  return evaluate(request, [parsed.document]).decision === "allow";
};

describe("AWS's managed policies", () => {
  test.each(awsManagedPolicies)("$arn is found by its ARN, has an id as AWS's are, and parses", (policy) => {
    expect(awsManagedPolicy(policy.arn)).toBe(policy);
    expect(policy.policyId).toMatch(/^ANPA[A-Z2-7]{16}$/);
    expect(parsePolicyDocument(policy.document)).toMatchObject({ ok: true });
  });

  test("have ids of their own, in the order of their ARNs", () => {
    expect(new Set(awsManagedPolicies.map(({ policyId }) => policyId)).size).toBe(awsManagedPolicies.length);
    const arns = awsManagedPolicies.map(({ arn }) => arn);
    expect(arns).toEqual(arns.toSorted());
    expect(arns).toContain("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy");
    expect(awsManagedPolicy("arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy")).toBeNull();
  });

  test("let an execution role pull and log, and nothing else", () => {
    const policy = "AmazonECSTaskExecutionRolePolicy";
    for (const action of ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "logs:PutLogEvents"]) {
      expect(may(policy, action)).toBe(true);
    }
    for (const action of ["ecr:PutImage", "ecs:RunTask", "iam:PassRole", "logs:CreateLogGroup"]) {
      expect(may(policy, action)).toBe(false);
    }
  });

  test("let a power user do everything but what concerns identities", () => {
    expect(may("PowerUserAccess", "ecs:RunTask")).toBe(true);
    expect(may("PowerUserAccess", "iam:CreateUser")).toBe(false);
    expect(may("AdministratorAccess", "iam:CreateUser")).toBe(true);
    expect(may("ReadOnlyAccess", "ecs:DescribeTasks")).toBe(true);
    expect(may("ReadOnlyAccess", "ecs:RunTask")).toBe(false);
    expect(may("AmazonEC2ContainerRegistryPowerUser", "ecr:PutImage")).toBe(true);
    expect(may("AmazonEC2ContainerRegistryPowerUser", "ecr:DeleteRepository")).toBe(false);
  });

  test("let ECS administrators pass roles to tasks alone", () => {
    expect(
      may("AmazonECS_FullAccess", "iam:PassRole", { "iam:PassedToService": "ecs-tasks.amazonaws.com" }),
    ).toBe(true);
    expect(
      may("AmazonECS_FullAccess", "iam:PassRole", { "iam:PassedToService": "lambda.amazonaws.com" }),
    ).toBe(false);
  });
});
