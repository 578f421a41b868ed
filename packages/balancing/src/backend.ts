/** Renders a target group: how its targets are checked, and the slots they are in; the configuration's renderer calls this. */
import { backendName, unavailable } from "./actions.ts";
import { plainAddress, requestPath, verbatim, word } from "./quote.ts";
import type { Group, Slot } from "./snapshot.ts";

/** A free slot points where nobody listens. */
export const NOWHERE = { address: "127.0.0.1", port: 1 } as const;
/** Each slot is two servers: the one that is checked, and one that serves when all those are unhealthy, as AWS does. */
export const checkedName = (index: number): string => `s${index + 1}`;
export const spareName = (index: number): string => `o${index + 1}`;

const STICKY_COOKIE = "AWSALB";

export function renderBackend(
  group: Group,
  slots: readonly Slot[],
  badGatewayFile: string,
): readonly string[] {
  const sticky = group.stickinessSeconds !== null;
  return [
    `backend ${backendName(group.id)}`,
    ...[
      `balance ${group.algorithm}`,
      `timeout server ${group.idleTimeoutSeconds}s`,
      ...(group.sourceAddress === null ? [] : [`source ${plainAddress(group.sourceAddress)}`]),
      ...checkLines(group),
      "option allbackups",
      ...(sticky
        ? [`cookie ${STICKY_COOKIE} insert indirect nocache maxidle ${group.stickinessSeconds}s`]
        : []),
      // Nobody to send to is 503; a target that cannot be reached is 502, and HAProxy calls that 503 as well.
      // (A worker that ends after a reload counts no server as usable, and uses them.)
      unavailable("{ nbsrv eq 0 } !{ stopping }"),
      `errorfile 503 ${word(badGatewayFile)}`,
      defaultServer(group),
      ...slots.flatMap((slot, index) => serverLines(slot, index, sticky)),
    ].map((line) => `  ${line}`),
    "",
  ];
}

function checkLines({ healthCheck }: Group): readonly string[] {
  const { path, matcher, timeoutSeconds } = healthCheck;
  const status = /^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(matcher) ? matcher : "200";
  return [
    "option httpchk",
    `timeout check ${timeoutSeconds}s`,
    `http-check send meth GET uri ${word(requestPath(path))} ver HTTP/1.1 hdr Host ${verbatim("%si:%sp")} hdr User-Agent ELB-HealthChecker/2.0 hdr Connection close`,
    `http-check expect status ${status}`,
  ];
}

function defaultServer({ protocol, healthCheck, slowStartSeconds }: Group): string {
  const port = /^\d{1,5}$/.test(healthCheck.port) ? ` port ${healthCheck.port}` : "";
  const slow = slowStartSeconds > 0 ? ` slowstart ${slowStartSeconds}s` : "";
  const traffic = protocol === "HTTPS" ? " ssl verify none" : "";
  const checks = healthCheck.protocol === "HTTPS" ? " check-ssl verify none" : " no-check-ssl";
  const { intervalSeconds, healthyThreshold, unhealthyThreshold } = healthCheck;
  const thresholds = `inter ${intervalSeconds}s rise ${healthyThreshold} fall ${unhealthyThreshold}`;
  return `default-server ${thresholds}${port}${slow}${traffic}${checks}`;
}

function serverLines(slot: Slot, index: number, sticky: boolean): readonly string[] {
  const { address, port } = slot.endpoint ?? NOWHERE;
  const at = `${plainAddress(address)}:${port}`;
  const cookie = sticky ? ` cookie ${index + 1}` : "";
  // What was not seen healthy yet waits for a command, since a server starts as a healthy one.
  const closed = slot.open && !slot.initial ? "" : " disabled";
  return [
    `server ${checkedName(index)} ${at} check${cookie}${closed}`,
    `server ${spareName(index)} ${at} backup${cookie}${closed}`,
  ];
}
