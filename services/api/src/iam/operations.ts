/** Every IAM operation this server performs, by its AWS name. */
import { addRoleToInstanceProfile } from "./add-role-to-instance-profile.ts";
import { attachRolePolicy } from "./attach-role-policy.ts";
import { attachUserPolicy } from "./attach-user-policy.ts";
import { createAccessKey } from "./create-access-key.ts";
import { createInstanceProfile } from "./create-instance-profile.ts";
import { createPolicy } from "./create-policy.ts";
import { createPolicyVersion } from "./create-policy-version.ts";
import { createRole } from "./create-role.ts";
import { createUser } from "./create-user.ts";
import { deleteAccessKey } from "./delete-access-key.ts";
import { deleteInstanceProfile } from "./delete-instance-profile.ts";
import { deletePolicy } from "./delete-policy.ts";
import { deletePolicyVersion } from "./delete-policy-version.ts";
import { deleteRole } from "./delete-role.ts";
import { deleteRolePolicy } from "./delete-role-policy.ts";
import { deleteUser } from "./delete-user.ts";
import { deleteUserPolicy } from "./delete-user-policy.ts";
import { detachRolePolicy } from "./detach-role-policy.ts";
import { detachUserPolicy } from "./detach-user-policy.ts";
import { getInstanceProfile } from "./get-instance-profile.ts";
import { getPolicy } from "./get-policy.ts";
import { getPolicyVersion } from "./get-policy-version.ts";
import { getRole } from "./get-role.ts";
import { getRolePolicy } from "./get-role-policy.ts";
import { getUser } from "./get-user.ts";
import { getUserPolicy } from "./get-user-policy.ts";
import { listAccessKeys } from "./list-access-keys.ts";
import { listAttachedRolePolicies } from "./list-attached-role-policies.ts";
import { listAttachedUserPolicies } from "./list-attached-user-policies.ts";
import { listEntitiesForPolicy } from "./list-entities-for-policy.ts";
import { listInstanceProfileTags } from "./list-instance-profile-tags.ts";
import { listInstanceProfiles } from "./list-instance-profiles.ts";
import { listInstanceProfilesForRole } from "./list-instance-profiles-for-role.ts";
import { listPolicies } from "./list-policies.ts";
import { listPolicyTags } from "./list-policy-tags.ts";
import { listPolicyVersions } from "./list-policy-versions.ts";
import { listRolePolicies } from "./list-role-policies.ts";
import { listRoleTags } from "./list-role-tags.ts";
import { listRoles } from "./list-roles.ts";
import { listUserPolicies } from "./list-user-policies.ts";
import { listUsers } from "./list-users.ts";
import { putRolePolicy } from "./put-role-policy.ts";
import { putUserPolicy } from "./put-user-policy.ts";
import { removeRoleFromInstanceProfile } from "./remove-role-from-instance-profile.ts";
import { setDefaultPolicyVersion } from "./set-default-policy-version.ts";
import { tagInstanceProfile } from "./tag-instance-profile.ts";
import { tagPolicy } from "./tag-policy.ts";
import { tagRole } from "./tag-role.ts";
import { untagInstanceProfile } from "./untag-instance-profile.ts";
import { untagPolicy } from "./untag-policy.ts";
import { untagRole } from "./untag-role.ts";
import { updateAccessKey } from "./update-access-key.ts";
import { updateAssumeRolePolicy } from "./update-assume-role-policy.ts";
import { updateRole } from "./update-role.ts";
import { updateRoleDescription } from "./update-role-description.ts";

export const operations = {
  AddRoleToInstanceProfile: addRoleToInstanceProfile,
  AttachRolePolicy: attachRolePolicy,
  AttachUserPolicy: attachUserPolicy,
  CreateAccessKey: createAccessKey,
  CreateInstanceProfile: createInstanceProfile,
  CreatePolicy: createPolicy,
  CreatePolicyVersion: createPolicyVersion,
  CreateRole: createRole,
  CreateUser: createUser,
  DeleteAccessKey: deleteAccessKey,
  DeleteInstanceProfile: deleteInstanceProfile,
  DeletePolicy: deletePolicy,
  DeletePolicyVersion: deletePolicyVersion,
  DeleteRole: deleteRole,
  DeleteRolePolicy: deleteRolePolicy,
  DeleteUser: deleteUser,
  DeleteUserPolicy: deleteUserPolicy,
  DetachRolePolicy: detachRolePolicy,
  DetachUserPolicy: detachUserPolicy,
  GetInstanceProfile: getInstanceProfile,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  GetRole: getRole,
  GetRolePolicy: getRolePolicy,
  GetUser: getUser,
  GetUserPolicy: getUserPolicy,
  ListAccessKeys: listAccessKeys,
  ListAttachedRolePolicies: listAttachedRolePolicies,
  ListAttachedUserPolicies: listAttachedUserPolicies,
  ListEntitiesForPolicy: listEntitiesForPolicy,
  ListInstanceProfileTags: listInstanceProfileTags,
  ListInstanceProfiles: listInstanceProfiles,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
  ListPolicies: listPolicies,
  ListPolicyTags: listPolicyTags,
  ListPolicyVersions: listPolicyVersions,
  ListRolePolicies: listRolePolicies,
  ListRoleTags: listRoleTags,
  ListRoles: listRoles,
  ListUserPolicies: listUserPolicies,
  ListUsers: listUsers,
  PutRolePolicy: putRolePolicy,
  PutUserPolicy: putUserPolicy,
  RemoveRoleFromInstanceProfile: removeRoleFromInstanceProfile,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  TagInstanceProfile: tagInstanceProfile,
  TagPolicy: tagPolicy,
  TagRole: tagRole,
  UntagInstanceProfile: untagInstanceProfile,
  UntagPolicy: untagPolicy,
  UntagRole: untagRole,
  UpdateAccessKey: updateAccessKey,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
} as const;
