import { expect, test } from "vitest";
import { addAddress, ensureRules, removeAll } from "./link-local.ts";

/** Runs nothing, and remembers which rules there are. */
function aMachine(rules: readonly string[] = []) {
  const ran: string[] = [];
  const present = new Set(rules);
  const run = async (command: string, args: readonly string[]) => {
    ran.push([command, ...args].join(" "));
    if (command !== "iptables") return;
    const [change, chain = "", ...rest] = args.slice(args.indexOf("nat") + 1);
    const rule = [chain, ...(change === "-I" ? rest.slice(1) : rest)].join(" ");
    if (change === "-I") present.add(rule);
    else if (!present.has(rule)) throw new Error("no such rule");
    if (change === "-D") present.delete(rule);
  };
  return { run, ran, present };
}

const TO = "-j DNAT --to-destination 169.254.170.2";
const RULES = ["PREROUTING", "OUTPUT"].flatMap((chain) => [
  `${chain} -d 169.254.170.2/32 -p tcp --dport 80 ${TO}:51679`,
  `${chain} -d 169.254.170.2/32 -p udp --dport 53 ${TO}:51653`,
  `${chain} -d 169.254.170.2/32 -p tcp --dport 53 ${TO}:51653`,
]);

test("ports 80 and 53 of the address lead to the agent from containers and from the host, before any rule of the engine's", async () => {
  const { run, ran, present } = aMachine();
  await addAddress(run);
  await ensureRules(run);
  expect([...present]).toEqual(RULES);
  expect(ran).toContain("ip address replace 169.254.170.2/32 dev lo");
  expect(ran).toContain(
    `iptables -w 5 -t nat -I PREROUTING 1 -d 169.254.170.2/32 -p tcp --dport 80 ${TO}:51679`,
  );
});

test("rules are added once, and again where somebody flushed them", async () => {
  const { run, ran, present } = aMachine(RULES);
  await ensureRules(run);
  expect(ran.filter((line) => line.includes("-I"))).toEqual([]);
  for (const rule of RULES.slice(3)) present.delete(rule);
  await ensureRules(run);
  expect([...present]).toEqual(RULES);
});

test("nothing is left at the end, also where something was gone before", async () => {
  const { run, ran, present } = aMachine(RULES.slice(2));
  await removeAll(run);
  expect([...present]).toEqual([]);
  expect(ran).toContain("ip address delete 169.254.170.2/32 dev lo");
});
