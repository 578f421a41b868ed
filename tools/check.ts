/** `pnpm check`: everything CI asks of a change, step by step with times. `--fast` leaves out the tests that need servers. */
import { spawnSync } from "node:child_process";

const fast = process.argv.includes("--fast");
const STEPS: readonly (readonly [name: string, ...command: string[]])[] = [
  ["format and lint", "biome", "check", "--error-on-warnings"],
  ["types", "tsc", "-p", "tsconfig.json"],
  ["types of the pure packages", "tsc", "-p", "tsconfig.pure.json"],
  ["dead code", "knip"],
  ["architecture and unit tests", "vitest", "run", "--project", "unit"],
  ...(fast ? [] : [["service tests", "vitest", "run", "--project", "service"] as const]),
];

const failed: string[] = [];
for (const [name, ...command] of STEPS) {
  console.log(`> ${name}: ${command.join(" ")}`);
  const begun = performance.now();
  const { status } = spawnSync("pnpm", ["exec", ...command], { stdio: ["ignore", "inherit", "inherit"] });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok" : "FAILED"}: ${name} (${seconds} s)\n`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
