/** `roadstead status`: each process with its memory and readiness, the endpoints, the lag. Fails when something is not ready. */
import type { Flags } from "../arguments.ts";
import { requireStack } from "../stack.ts";
import { renderStatus, statusReport } from "../status-report.ts";

export async function status(flags: Flags): Promise<number> {
  const { settings, remembered } = requireStack();
  const report = await statusReport(settings, remembered);
  process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : renderStatus(report));
  return report.ready ? 0 : 1;
}
