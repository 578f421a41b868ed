/** Every IAM operation this server performs, by its AWS name. */
import { createAccessKey } from "./create-access-key.ts";
import { createUser } from "./create-user.ts";
import { deleteAccessKey } from "./delete-access-key.ts";
import { deleteUser } from "./delete-user.ts";
import { deleteUserPolicy } from "./delete-user-policy.ts";
import { getUser } from "./get-user.ts";
import { getUserPolicy } from "./get-user-policy.ts";
import { listAccessKeys } from "./list-access-keys.ts";
import { listUserPolicies } from "./list-user-policies.ts";
import { listUsers } from "./list-users.ts";
import { putUserPolicy } from "./put-user-policy.ts";
import { updateAccessKey } from "./update-access-key.ts";

export const operations = {
  CreateAccessKey: createAccessKey,
  CreateUser: createUser,
  DeleteAccessKey: deleteAccessKey,
  DeleteUser: deleteUser,
  DeleteUserPolicy: deleteUserPolicy,
  GetUser: getUser,
  GetUserPolicy: getUserPolicy,
  ListAccessKeys: listAccessKeys,
  ListUserPolicies: listUserPolicies,
  ListUsers: listUsers,
  PutUserPolicy: putUserPolicy,
  UpdateAccessKey: updateAccessKey,
} as const;
