/** How packets come to an agent's own chains, and the removal of all that an agent left; the enforcement and `down --purge` call it. */
import { createHash } from "node:crypto";
import { type Filter, iptables } from "./filter.ts";
import { chainsOf, mainChain, rulesText } from "./group-rules.ts";

/** Where load balancers' connections come from, unlike those of the machine's other programs, which reach every task. */
const BALANCERS = "198.18.64.0/18";
/** Between tasks and out of the machine; to the machine itself; from its load balancers. */
export const JUMPS: readonly (readonly string[])[] = [
  ["DOCKER-USER"],
  ["INPUT"],
  ["OUTPUT", "-s", BALANCERS],
];

/** Chains have 28 characters at most. */
export const chainPrefix = (agent: string): string =>
  `RS-${createHash("sha256").update(agent).digest("hex").slice(0, 10)}`;

const jumpRule = (jump: readonly string[], prefix: string) => [...jump, "-j", mainChain(prefix)];

/** Whether it is in what `iptables-save` said, which spares asking for each. */
export const hasJump = (saved: string, jump: readonly string[], prefix: string): boolean =>
  saved.split("\n").includes(`-A ${jumpRule(jump, prefix).join(" ")}`);

export async function withJump(filter: Filter, [chain = "", ...match]: readonly string[], prefix: string) {
  const rule = jumpRule([chain, ...match], prefix);
  const isThere = await filter.change(["-C", ...rule]).then(
    () => true,
    () => false,
  );
  const [, ...rest] = rule;
  if (!isThere) await filter.change(["-I", chain, "1", ...rest]);
}

/** As often as it is there; what is gone already is no error. */
async function removeJump(filter: Filter, jump: readonly string[], prefix: string) {
  const rule = jumpRule(jump, prefix);
  const isRemoved = () =>
    filter.change(["-D", ...rule]).then(
      () => true,
      () => false,
    );
  while (await isRemoved()) {
    // Another may be left.
  }
}

/** What the rules of an agent that will not come back were; its data folder names them. */
export async function removeRules(agentDataDir: string, filter: Filter = iptables): Promise<void> {
  const prefix = chainPrefix(agentDataDir);
  const chains = chainsOf(await filter.save(), prefix);
  if (chains.length === 0) return;
  for (const jump of JUMPS) await removeJump(filter, jump, prefix);
  await filter.restore(rulesText({ prefix, held: [], vpcs: [], chains }));
}
