/** `roadstead account delete-agent`: stops this machine's agent of an account; the account itself stays. */
import { removeAgent } from "../account-agents.ts";
import { Failure } from "../failure.ts";
import { say } from "../progress.ts";
import { requireStack } from "../stack.ts";

export async function accountDeleteAgent(accountId: string): Promise<void> {
  if (!/^\d{12}$/.test(accountId)) throw new Failure(`"${accountId}" is no account id`, "twelve digits");
  const { settings } = requireStack();
  await removeAgent(settings, accountId);
  say(`The agent of account ${accountId} is stopped.`);
}
