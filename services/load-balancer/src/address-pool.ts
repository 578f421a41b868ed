/** Makes the load balancers' addresses this machine's own, as root; `up` does so first, and each pass that finds them missing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Of a range that is nobody's in the internet; every load balancer has one address of it. */
export const ADDRESS_POOL = "198.18.64.0/18";
/** Nobody's, and this machine's own exactly when the pool is. */
export const POOL_PROBE = "198.18.64.0";
const IP_TIMEOUT_MS = 5_000;

/** The kernel takes packets to any address of the pool as its own then. Without it the loopback twins serve. */
export function ensureAddressPool(): boolean {
  if (hasAddressPool()) return true;
  return process.getuid?.() === 0 && ip("route", "add", "local", ADDRESS_POOL, "dev", "lo") !== null;
}

export const hasAddressPool = (): boolean =>
  (ip("route", "show", "table", "local") ?? "").includes(`local ${ADDRESS_POOL} `);

export function removeAddressPool(): void {
  if (process.getuid?.() === 0 && hasAddressPool() && !isPoolInUse())
    ip("route", "del", "local", ADDRESS_POOL, "dev", "lo");
}

/** Another installation of this machine may serve at addresses of it. In this file octets are the wrong way round, and 0A is who listens. */
function isPoolInUse(): boolean {
  const sockets = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return sockets.some((line) => {
    const [, third, second, first] = /^\s*\d+: ..(..)(..)(..):\S+ \S+ 0A /.exec(line) ?? [];
    return first === "C6" && second === "12" && third !== undefined && Number.parseInt(third, 16) >> 6 === 1;
  });
}

function ip(...args: readonly string[]): string | null {
  try {
    return execFileSync("ip", [...args], {
      encoding: "utf8",
      timeout: IP_TIMEOUT_MS,
      env: { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return null;
  }
}
