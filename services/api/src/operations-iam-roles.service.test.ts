/** Roles, managed policies and instance profiles through signed requests, on real PostgreSQL. */
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  SetDefaultPolicyVersionCommand,
  TagInstanceProfileCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { ACCOUNT, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const allow = (...actions: string[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });
const trust = (Service = "ecs-tasks.amazonaws.com") =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
  });
const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
const message = async (answer: Promise<unknown>) => (await refusal(answer)).message;

function aRole(RoleName: string, more: { Path?: string; Description?: string } = {}) {
  return api
    .clients()
    .iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(), ...more }));
}

describe("a role", () => {
  test("is made, shown and changed as Terraform's provider does it", async () => {
    const { iam } = api.clients();
    const Tags = [{ Key: "team", Value: "a" }];
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "app",
        Path: "/svc/",
        Description: "it's",
        AssumeRolePolicyDocument: trust(),
        Tags,
      }),
    );
    expect(Role).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:role/svc/app`,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{16}$/),
      MaxSessionDuration: 3_600,
      Tags,
    });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust());

    const RoleName = "APP";
    await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7_200 }));
    await iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "other" }));
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust("ec2.amazonaws.com") }),
    );
    await iam.send(
      new TagRoleCommand({
        RoleName,
        Tags: [
          { Key: "Team", Value: "b" },
          { Key: "x", Value: "" },
        ],
      }),
    );
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["x"] }));
    const shown = (await iam.send(new GetRoleCommand({ RoleName }))).Role;
    expect(shown).toMatchObject({
      RoleId: Role?.RoleId,
      Description: "other",
      MaxSessionDuration: 7_200,
      Tags: [{ Key: "Team", Value: "b" }],
    });
    expect(decodeURIComponent(shown?.AssumeRolePolicyDocument ?? "")).toBe(trust("ec2.amazonaws.com"));
    expect((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags).toEqual([
      { Key: "Team", Value: "b" },
    ]);
    await aRole("other");
    const listed = await iam.send(new ListRolesCommand({ PathPrefix: "/svc/" }));
    expect(listed.Roles?.map((role) => role.RoleName)).toEqual(["app"]);
  });

  test("goes once nothing is attached to it, in it, or around it", async () => {
    const { iam } = api.clients();
    const RoleName = "app";
    await aRole(RoleName);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: allow("ecs:*") }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: EXECUTION }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "i" }));
    await iam.send(new AddRoleToInstanceProfileCommand({ RoleName, InstanceProfileName: "i" }));
    const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
    expect(await refusal(remove())).toEqual({
      code: "DeleteConflict",
      message: "Cannot delete entity, must remove roles from instance profile first.",
      status: 409,
    });
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName: "i" }));
    expect(await message(remove())).toBe("Cannot delete entity, must detach all policies first.");
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: EXECUTION }));
    expect(await message(remove())).toBe("Cannot delete entity, must delete policies first.");
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "p" }));
    await remove();
    expect(await refusal(iam.send(new GetRoleCommand({ RoleName })))).toEqual({
      code: "NoSuchEntity",
      message: "The role with name app cannot be found.",
      status: 404,
    });
  });

  test("keeps inline policies word for word, and lists them in pages", async () => {
    const { iam } = api.clients();
    const RoleName = "app";
    await aRole(RoleName);
    const document = `  ${allow("ecs:*")}\n`;
    for (const PolicyName of ["b", "A", "c"]) {
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
    }
    const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "b" }));
    expect(decodeURIComponent(policy.PolicyDocument ?? "")).toBe(document);
    const first = await iam.send(new ListRolePoliciesCommand({ RoleName, MaxItems: 2 }));
    expect(first).toMatchObject({ PolicyNames: ["A", "b"], IsTruncated: true });
    const rest = await iam.send(new ListRolePoliciesCommand({ RoleName, Marker: first.Marker }));
    expect(rest).toMatchObject({ PolicyNames: ["c"], IsTruncated: false });
  });

  test("is refused in IAM's words", async () => {
    const { iam } = api.clients();
    const RoleName = "app";
    await aRole(RoleName);
    expect(await refusal(aRole("App"))).toEqual({
      code: "EntityAlreadyExists",
      message: "Role with name App already exists.",
      status: 409,
    });
    const create = (AssumeRolePolicyDocument: string) =>
      refusal(iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument })));
    expect(await create("{}")).toMatchObject({ code: "MalformedPolicyDocument", status: 400 });
    expect((await create(allow("sts:AssumeRole"))).message).toBe("Has prohibited field Resource");
    expect(await code(aRole("a b"))).toBe("ValidationError");
    const boundary = { RoleName: "r", AssumeRolePolicyDocument: trust(), PermissionsBoundary: EXECUTION };
    expect(await code(iam.send(new CreateRoleCommand(boundary)))).toBe("UnsupportedOperation");
    const PolicyName = "p";
    expect(await message(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })))).toBe(
      "The role policy with name p cannot be found.",
    );
    expect(await code(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })))).toBe("NoSuchEntity");
    const put = (PolicyDocument: string) =>
      code(iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })));
    expect(await put("{}")).toBe("MalformedPolicyDocument");
    expect(await put(trust())).toBe("MalformedPolicyDocument");
    expect(await put(allow(...Array.from({ length: 900 }, (_, i) => `ecs:Action${i}`)))).toBe(
      "LimitExceeded",
    );
    const nowhere = `arn:aws:iam::${ACCOUNT}:policy/nowhere`;
    expect(await refusal(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: nowhere })))).toEqual({
      code: "NoSuchEntity",
      message: `Policy ${nowhere} does not exist or is not attachable.`,
      status: 404,
    });
    expect(await message(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: EXECUTION })))).toBe(
      `Policy ${EXECUTION} was not found.`,
    );
  });
});

describe("a managed policy", () => {
  test("has versions, of which one counts, and goes with its last", async () => {
    const { iam } = api.clients();
    const wanted = { PolicyName: "pull", Path: "/x/", Description: "d", PolicyDocument: allow("ecr:*") };
    const { Policy } = await iam.send(new CreatePolicyCommand(wanted));
    const PolicyArn = Policy?.Arn ?? "";
    expect(Policy).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:policy/x/pull`,
      PolicyId: expect.stringMatching(/^ANPA/),
      DefaultVersionId: "v1",
      AttachmentCount: 0,
      IsAttachable: true,
    });
    expect(await message(iam.send(new CreatePolicyCommand(wanted)))).toBe(
      "A policy called pull already exists. Duplicate names are not allowed.",
    );
    const second = { PolicyArn, PolicyDocument: allow("ecs:*"), SetAsDefault: true };
    const { PolicyVersion } = await iam.send(new CreatePolicyVersionCommand(second));
    expect(PolicyVersion).toMatchObject({ VersionId: "v2", IsDefaultVersion: true });
    const shown = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v2" }));
    expect(decodeURIComponent(shown.PolicyVersion?.Document ?? "")).toBe(allow("ecs:*"));
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
      DefaultVersionId: "v2",
      Description: "d",
    });
    expect(await message(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" })))).toBe(
      "Cannot delete the default version of a policy.",
    );
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(await code(iam.send(new DeletePolicyCommand({ PolicyArn })))).toBe("DeleteConflict");
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" }));
    const third = await iam.send(new CreatePolicyVersionCommand({ ...second, SetAsDefault: false }));
    expect(third.PolicyVersion?.VersionId).toBe("v3");
    const versions = (await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions;
    expect(versions?.map((one) => [one.VersionId, one.IsDefaultVersion])).toEqual([
      ["v3", false],
      ["v1", true],
    ]);
    for (const _ of [4, 5, 6])
      await iam.send(new CreatePolicyVersionCommand({ ...second, SetAsDefault: false }));
    expect(await code(iam.send(new CreatePolicyVersionCommand(second)))).toBe("LimitExceeded");
    for (const VersionId of ["v3", "v4", "v5", "v6"]) {
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    expect(await message(iam.send(new GetPolicyCommand({ PolicyArn })))).toBe(
      `Policy ${PolicyArn} was not found.`,
    );
    expect(await code(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" })))).toBe(
      "NoSuchEntity",
    );
  });

  test("is held by roles and users, and cannot go meanwhile", async () => {
    const { iam } = api.clients();
    await aRole("app");
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: "pull", PolicyDocument: allow("ecr:*") }),
    );
    const PolicyArn = Policy?.Arn ?? "";
    const attachment = { RoleName: "app", PolicyArn };
    await iam.send(new AttachRolePolicyCommand(attachment));
    await iam.send(new AttachRolePolicyCommand(attachment));
    await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn }));
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(2);
    expect(await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }))).toMatchObject({
      PolicyRoles: [{ RoleName: "app" }],
      PolicyUsers: [{ UserName: "ann" }],
    });
    expect(
      (await iam.send(new ListAttachedUserPoliciesCommand({ UserName: "ann" }))).AttachedPolicies,
    ).toEqual([{ PolicyName: "pull", PolicyArn }]);
    expect(await message(iam.send(new DeletePolicyCommand({ PolicyArn })))).toBe(
      "Cannot delete a policy attached to entities.",
    );
    expect(await message(iam.send(new DeleteUserCommand({ UserName: "ann" })))).toBe(
      "Cannot delete entity, must detach all policies first.",
    );
    await iam.send(new DetachUserPolicyCommand({ UserName: "ann", PolicyArn }));
    await iam.send(new DetachRolePolicyCommand(attachment));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  });

  test("carries tags", async () => {
    const { iam } = api.clients();
    const Tags = [{ Key: "a", Value: "1" }];
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: "p", PolicyDocument: allow("ecr:*"), Tags }),
    );
    const PolicyArn = Policy?.Arn ?? "";
    await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "b", Value: "2" }] }));
    await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["a"] }));
    const left = [{ Key: "b", Value: "2" }];
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.Tags).toEqual(left);
    expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual(left);
  });

  test("of AWS's own is known by name, attachable, and not to be changed", async () => {
    const { iam } = api.clients();
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: EXECUTION }));
    expect(Policy).toMatchObject({ PolicyName: "AmazonECSTaskExecutionRolePolicy", Path: "/service-role/" });
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn: EXECUTION, VersionId: "v1" }));
    expect(decodeURIComponent(version.PolicyVersion?.Document ?? "")).toContain("ecr:BatchGetImage");
    expect(await code(iam.send(new DeletePolicyCommand({ PolicyArn: EXECUTION })))).toBe("NoSuchEntity");

    await iam.send(new CreatePolicyCommand({ PolicyName: "mine", PolicyDocument: allow("ecr:*") }));
    const names = async (Scope: "All" | "AWS" | "Local") => {
      const listed: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await iam.send(
          new ListPoliciesCommand({ Scope, MaxItems: 5, ...(Marker ? { Marker } : {}) }),
        );
        listed.push(...(page.Policies ?? []).map(({ PolicyName }) => PolicyName ?? ""));
        Marker = page.Marker;
      } while (Marker);
      return listed;
    };
    expect(await names("Local")).toEqual(["mine"]);
    const aws = await names("AWS");
    expect(aws).toContain("AdministratorAccess");
    expect((await names("All")).toSorted()).toEqual([...aws, "mine"].toSorted());

    await aRole("app");
    await iam.send(new AttachRolePolicyCommand({ RoleName: "app", PolicyArn: EXECUTION }));
    const held = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "app" }));
    expect(held.AttachedPolicies).toEqual([
      { PolicyName: "AmazonECSTaskExecutionRolePolicy", PolicyArn: EXECUTION },
    ]);
    const attached = await iam.send(new ListPoliciesCommand({ OnlyAttached: true }));
    expect(attached.Policies?.map(({ Arn }) => Arn)).toEqual([EXECUTION]);
  });
});

describe("an instance profile", () => {
  test("holds one role, is listed with it and goes without", async () => {
    const { iam } = api.clients();
    const InstanceProfileName = "ecsInstanceRole";
    await aRole("a");
    await aRole("b");
    const { InstanceProfile } = await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    expect(InstanceProfile).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${InstanceProfileName}`,
      InstanceProfileId: expect.stringMatching(/^AIPA/),
    });
    const add = (RoleName: string) =>
      iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await add("a");
    expect(await refusal(add("b"))).toEqual({
      code: "LimitExceeded",
      message: "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
      status: 409,
    });
    await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: "a", Value: "1" }] }));
    expect((await iam.send(new ListInstanceProfileTagsCommand({ InstanceProfileName }))).Tags).toEqual([
      { Key: "a", Value: "1" },
    ]);
    await iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ["a"] }));
    const shown = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
    expect(shown.InstanceProfile).toMatchObject({ Roles: [{ RoleName: "a" }] });
    expect(shown.InstanceProfile?.Tags).toBeUndefined();
    const ofRole = async (RoleName: string) =>
      (await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles?.length;
    expect([await ofRole("a"), await ofRole("b")]).toEqual([1, 0]);
    expect((await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles).toHaveLength(1);
    const remove = () => iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
    expect(await code(remove())).toBe("DeleteConflict");
    const taken = { InstanceProfileName, RoleName: "b" };
    expect(await code(iam.send(new RemoveRoleFromInstanceProfileCommand(taken)))).toBe("NoSuchEntity");
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: "a" }));
    await remove();
    expect(await message(iam.send(new GetInstanceProfileCommand({ InstanceProfileName })))).toBe(
      `Instance Profile ${InstanceProfileName} cannot be found.`,
    );
  });
});
