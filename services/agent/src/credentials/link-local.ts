/**
 * Makes 169.254.170.2 lead to the agent from containers and from the host, and undoes it: an address on the loopback device,
 * and rules that turn ports 80 and 53 there into ports that no task may have. The endpoint calls it; it takes root.
 */
import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";

/** The only address that SDKs read container credentials from. */
export const LINK_LOCAL = "169.254.170.2";
export const ENDPOINT_PORT = 51_679;
export const DNS_PORT = 51_653;

const TIMEOUT_MS = 10_000;
const ADDRESS = [`${LINK_LOCAL}/32`, "dev", "lo"];
/** What containers send passes PREROUTING, what the host's own processes send OUTPUT. Before the engine's rules: they publish port 80. */
const CHAINS = ["PREROUTING", "OUTPUT"];
const ruleFor = (protocol: string, port: number, to: number) => [
  ...["-d", `${LINK_LOCAL}/32`, "-p", protocol, "--dport", String(port)],
  ...["-j", "DNAT", "--to-destination", `${LINK_LOCAL}:${to}`],
];
const RULES = [ruleFor("tcp", 80, ENDPOINT_PORT), ruleFor("udp", 53, DNS_PORT), ruleFor("tcp", 53, DNS_PORT)];
const PLACES = CHAINS.flatMap((chain) => RULES.map((rule) => ({ chain, rule })));

type Run = (command: string, args: readonly string[]) => Promise<unknown>;

const execute: Run = (command, args) => promisify(execFile)(command, [...args], { timeout: TIMEOUT_MS });
const iptables = (run: Run, change: readonly string[], rule: readonly string[]) =>
  run("iptables", ["-w", "5", "-t", "nat", ...change, ...rule]);

export const addAddress = (run: Run = execute): Promise<unknown> =>
  run("ip", ["address", "replace", ...ADDRESS]);

/** Another agent that ends may take it away in the moment in which this one comes. */
export const isAddressThere = (): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === LINK_LOCAL));

/** Safe to repeat; something else on the machine may have flushed them. */
export async function ensureRules(run: Run = execute): Promise<void> {
  for (const { chain, rule } of PLACES) {
    const isThere = await iptables(run, ["-C", chain], rule).then(
      () => true,
      () => false,
    );
    if (!isThere) await iptables(run, ["-I", chain, "1"], rule);
  }
}

/** Leaves nothing behind; what is gone already is no error. The address goes last: by it others see that all is to be made again. */
export async function removeAll(run: Run = execute): Promise<void> {
  for (const { chain, rule } of PLACES) await iptables(run, ["-D", chain], rule).catch(() => undefined);
  await run("ip", ["address", "delete", ...ADDRESS]).catch(() => undefined);
}
