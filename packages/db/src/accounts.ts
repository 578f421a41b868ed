/** Makes accounts with their administrator; the launcher's bootstrap and `account create` call this. */
import { randomInt } from "node:crypto";
import { createAccessKey, type NewAccessKey } from "./access-keys.ts";
import type { Db, WriteTx } from "./connect.ts";
import { ensureScope } from "./scopes.ts";
import type { SecretBox } from "./secrets.ts";
import { findUser, insertUser, putUserPolicy } from "./users.ts";

/** The account that every installation starts with. */
export const FIRST_ACCOUNT_ID = "000000000000";
const ADMINISTRATOR = "administrator";
const ADMINISTRATOR_POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

/** Twelve random digits, never those of the first account. */
export const mintAccountId = (): string =>
  String(randomInt(1, 10)) + Array.from({ length: 11 }, () => randomInt(10)).join("");

/** Makes the bare account when it is new: nobody in it, and no key to it. */
export async function ensureAccount(tx: WriteTx, accountId: string, name: string): Promise<void> {
  await tx.query("INSERT INTO accounts (account_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
    accountId,
    name,
  ]);
}

/** Makes the account, its scopes, its administrator and a new access key of theirs. Safe to repeat. */
export async function bootstrapAccount(
  db: Db,
  box: SecretBox,
  account: { readonly accountId: string; readonly name: string; readonly regions: readonly string[] },
): Promise<NewAccessKey> {
  const { accountId } = account;
  return db.write(async (tx) => {
    await ensureAccount(tx, accountId, account.name);
    for (const region of account.regions) await ensureScope(tx, { accountId, region });
    const user =
      (await findUser(tx, accountId, ADMINISTRATOR)) ??
      (await insertUser(tx, { accountId, name: ADMINISTRATOR, path: "/", tags: [] }));
    if (!user) throw new Error(`administrator of ${accountId} is being made elsewhere`);
    await putUserPolicy(tx, user.userId, { name: "AdministratorAccess", document: ADMINISTRATOR_POLICY });
    return createAccessKey(tx, box, { accountId, userId: user.userId, agentId: null });
  });
}
