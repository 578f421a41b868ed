/** The roles and secrets of the demo's last stack, made and removed through the API where Terraform is not at hand. */
import { type ApiAccess, callJson } from "../api-client.ts";
import { callQuery } from "../api-query.ts";
import { shellQuote } from "../exports.ts";
import { STACK, unless } from "./stack-place.ts";
import { step } from "./step.ts";

const EXECUTION_ROLE = `${STACK.name}-execution`;
const TASK_ROLE = `${STACK.name}-task`;
const MANAGED_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const POLICY_NAME = "secrets";
const SECRET_VALUE = JSON.stringify({ user: STACK.name, password: "change-me" });
const GREETING = `hello from ${STACK.name}`;
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } },
  ],
});

export interface StackIdentity {
  readonly executionRoleArn: string;
  readonly taskRoleArn: string;
  readonly secretArn: string;
  readonly parameterArn: string;
}

const iam = (access: ApiAccess, action: string, input: Readonly<Record<string, string>>) =>
  callQuery(access, "iam", { action, input });

export async function makeIdentity(access: ApiAccess, accountId: string): Promise<StackIdentity> {
  const secretArn = await step(
    "Keep a secret",
    `aws secretsmanager create-secret --name ${STACK.secret} --secret-string ${shellQuote(SECRET_VALUE)}`,
    () => ensureSecret(access),
  );
  const parameter = { Name: STACK.parameter, Type: "SecureString", Value: GREETING, Overwrite: true };
  const put = `aws ssm put-parameter --type SecureString --name ${STACK.parameter} --value '${GREETING}'`;
  await step("Keep a greeting", put, async () => {
    const answer = await callJson<{ Version: number }>(access, "ssm", {
      operation: "PutParameter",
      input: parameter,
    });
    return `version ${answer.Version}`;
  });
  const parameterArn = `arn:aws:ssm:${access.region}:${accountId}:parameter${STACK.parameter}`;
  await makeRoles(access, { secretArn, parameterArn });
  return {
    executionRoleArn: `arn:aws:iam::${accountId}:role/${EXECUTION_ROLE}`,
    taskRoleArn: `arn:aws:iam::${accountId}:role/${TASK_ROLE}`,
    secretArn,
    parameterArn,
  };
}

async function ensureSecret(access: ApiAccess): Promise<string> {
  const create = { operation: "CreateSecret", input: { Name: STACK.secret, SecretString: SECRET_VALUE } };
  const describe = { operation: "DescribeSecret", input: { SecretId: STACK.secret } };
  const made = await unless(
    ["ResourceExistsException"],
    callJson<{ ARN: string }>(access, "secretsmanager", create),
  );
  return (made ?? (await callJson<{ ARN: string }>(access, "secretsmanager", describe))).ARN;
}

async function makeRoles(
  access: ApiAccess,
  { secretArn, parameterArn }: Pick<StackIdentity, "secretArn" | "parameterArn">,
): Promise<void> {
  const roles = [EXECUTION_ROLE, TASK_ROLE];
  const trust = shellQuote(TRUST);
  const commands = roles.map(
    (name) => `aws iam create-role --role-name ${name} --assume-role-policy-document ${trust}`,
  );
  await step(
    "Make a role that fetches images and secrets, and one for the program",
    commands.join("\n"),
    async () => {
      for (const RoleName of roles) {
        const input = { RoleName, AssumeRolePolicyDocument: TRUST };
        await unless(["EntityAlreadyExists"], iam(access, "CreateRole", input));
      }
      return roles.join(", ");
    },
  );
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secretArn },
      { Effect: "Allow", Action: "ssm:GetParameters", Resource: parameterArn },
    ],
  });
  const allow = [
    `aws iam attach-role-policy --role-name ${EXECUTION_ROLE} --policy-arn ${MANAGED_POLICY}`,
    `aws iam put-role-policy --role-name ${EXECUTION_ROLE} --policy-name ${POLICY_NAME} --policy-document ${shellQuote(PolicyDocument)}`,
  ];
  await step("Let it read these two and no others", allow.join("\n"), async () => {
    const RoleName = EXECUTION_ROLE;
    await iam(access, "AttachRolePolicy", { RoleName, PolicyArn: MANAGED_POLICY });
    await iam(access, "PutRolePolicy", { RoleName, PolicyName: POLICY_NAME, PolicyDocument });
    return "allowed";
  });
}

export async function removeIdentity(access: ApiAccess): Promise<void> {
  const command = `aws iam delete-role --role-name ${EXECUTION_ROLE}\naws secretsmanager delete-secret --secret-id ${STACK.secret} --force-delete-without-recovery`;
  await step("Remove the roles and secrets", command, async () => {
    const gone = ["NoSuchEntity"];
    const RoleName = EXECUTION_ROLE;
    await unless(gone, iam(access, "DetachRolePolicy", { RoleName, PolicyArn: MANAGED_POLICY }));
    await unless(gone, iam(access, "DeleteRolePolicy", { RoleName, PolicyName: POLICY_NAME }));
    for (const name of [EXECUTION_ROLE, TASK_ROLE])
      await unless(gone, iam(access, "DeleteRole", { RoleName: name }));
    const secret = { SecretId: STACK.secret, ForceDeleteWithoutRecovery: true };
    await unless(
      ["ResourceNotFoundException"],
      callJson(access, "secretsmanager", { operation: "DeleteSecret", input: secret }),
    );
    const parameter = { operation: "DeleteParameter", input: { Name: STACK.parameter } };
    await unless(["ParameterNotFound"], callJson(access, "ssm", parameter));
    return "removed";
  });
}
