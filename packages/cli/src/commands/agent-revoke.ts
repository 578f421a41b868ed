/** `roadstead agent revoke`: ends an agent that is named by its own id or its container instance's. */
import { databaseUrl } from "../database.ts";
import { Failure } from "../failure.ts";
import { say } from "../progress.ts";
import { revokeAndSettle } from "../revoke-agent.ts";
import { requireStack } from "../stack.ts";

export async function agentRevoke(name: string): Promise<void> {
  const { settings, remembered } = requireStack();
  // Of an ARN, what comes last.
  const id = name.split("/").at(-1) ?? "";
  if (!(await revokeAndSettle(databaseUrl(settings, remembered), id))) {
    throw new Failure(`no agent has the id "${id}", or it was revoked before`, "./roadstead agent list");
  }
  say("The agent is revoked: its key is refused, and its container instance is deregistered.");
  say("Containers of its tasks still run on its machine; end them there.");
}
