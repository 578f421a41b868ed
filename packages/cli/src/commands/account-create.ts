/** `roadstead account create`: makes an account and prints its administrator's exports; with --agent, capacity of its own too. */
import { mintAccountId } from "@roadstead/db/accounts";
import { addAgent } from "../account-agents.ts";
import type { Flags } from "../arguments.ts";
import { createAccount, ensureDefaultClusters } from "../bootstrap.ts";
import { databaseUrl, withDb } from "../database.ts";
import { renderExports } from "../exports.ts";
import { Failure } from "../failure.ts";
import { say } from "../progress.ts";
import { requireStack } from "../stack.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;

export async function accountCreate(name: string | undefined, flags: Flags): Promise<void> {
  const size = {
    cpu: wholeNumber("--cpu", flags.cpu),
    memoryMiB: wholeNumber("--memory", flags.memory),
  };
  const accountId = mintAccountId();
  const accountName = name ?? `account-${accountId}`;
  if (!NAME.test(accountName))
    throw new Failure(`"${accountName}" is no account name`, "letters, digits, space, . _ -");
  const { settings, remembered } = requireStack();
  const url = databaseUrl(settings, remembered);
  const key = await withDb(url, (db) => createAccount(settings, db, { accountId, name: accountName }));
  await ensureDefaultClusters(settings, key);
  if (flags.agent) await addAgent(settings, url, { ...size, accountId });
  say(`Account ${accountId} (${accountName}) is ready.`);
  process.stdout.write(renderExports(settings, key));
}

function wholeNumber(flag: string, given: string | boolean | undefined): number | null {
  if (given === undefined) return null;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1)
    throw new Failure(`${flag} must be a whole number above 0, not "${given}"`);
  return value;
}
