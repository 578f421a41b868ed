/** `roadstead account delete-agent`: stops and revokes this machine's agent of an account; the account itself stays. */
import { removeAgent } from "../account-agents.ts";
import { databaseUrl } from "../database.ts";
import { Failure } from "../failure.ts";
import { say } from "../progress.ts";
import { requireStack } from "../stack.ts";

export async function accountDeleteAgent(accountId: string): Promise<void> {
  if (!/^\d{12}$/.test(accountId)) throw new Failure(`"${accountId}" is no account id`, "twelve digits");
  const { settings, remembered } = requireStack();
  await removeAgent(settings, databaseUrl(settings, remembered), accountId);
  say(`The agent of account ${accountId} is stopped, and its key is refused.`);
}
