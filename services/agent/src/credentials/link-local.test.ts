import { expect, test } from "vitest";
import { addAddress, ensureRules, removeAll } from "./link-local.ts";

/** Runs nothing, and remembers which rules there are. */
function aMachine(rules: readonly string[] = []) {
  const ran: string[] = [];
  const chains = new Set(rules);
  const run = async (command: string, args: readonly string[]) => {
    ran.push([command, ...args].join(" "));
    if (command !== "iptables") return;
    const [change, chain = ""] = args.slice(args.indexOf("nat") + 1);
    if (change === "-I") chains.add(chain);
    else if (!chains.has(chain)) throw new Error("no such rule");
    if (change === "-D") chains.delete(chain);
  };
  return { run, ran, chains };
}

test("port 80 of the address leads to the agent from containers and from the host, before any rule of the engine's", async () => {
  const { run, ran, chains } = aMachine();
  await addAddress(run);
  await ensureRules(run);
  expect([...chains]).toEqual(["PREROUTING", "OUTPUT"]);
  expect(ran).toContain("ip address replace 169.254.170.2/32 dev lo");
  expect(ran).toContain(
    "iptables -w 5 -t nat -I PREROUTING 1 -d 169.254.170.2/32 -p tcp --dport 80 -j DNAT --to-destination 169.254.170.2:51679",
  );
});

test("rules are added once, and again where somebody flushed them", async () => {
  const { run, ran, chains } = aMachine(["PREROUTING", "OUTPUT"]);
  await ensureRules(run);
  expect(ran.filter((line) => line.includes("-I"))).toEqual([]);
  chains.delete("OUTPUT");
  await ensureRules(run);
  expect([...chains]).toEqual(["PREROUTING", "OUTPUT"]);
});

test("nothing is left at the end, also where something was gone before", async () => {
  const { run, ran, chains } = aMachine(["OUTPUT"]);
  await removeAll(run);
  expect([...chains]).toEqual([]);
  expect(ran).toContain("ip address delete 169.254.170.2/32 dev lo");
});
