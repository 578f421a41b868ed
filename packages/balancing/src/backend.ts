/** Renders a target group: how its targets are checked, and the slots they are in; the configuration's renderer calls this. */
import { backendName, unavailable } from "./actions.ts";
import { plainAddress, plainName, requestPath, verbatim, word } from "./quote.ts";
import type { Group, Slot } from "./snapshot.ts";

/** A free slot points where nobody listens. */
export const NOWHERE = { address: "127.0.0.1", port: 1 } as const;
/** Each slot is two servers: the one that is checked, and one that serves when all those are unhealthy, as AWS does. */
export const checkedName = (index: number): string => `s${index + 1}`;
export const spareName = (index: number): string => `o${index + 1}`;

/** While a target has fewer idle connections, none of HAProxy's threads takes one from another: twice as many as threads is enough. */
const OWN_CONNECTIONS = 16;
const STICKY_COOKIE = "AWSALB";
/** The server that is the newest worker. */
export const RELAY = "relay";

/**
 * What a worker that a reload left behind still gets, on connections that waited in it, goes to the newest worker: the
 * targets of an older one can neither be changed nor checked any more.
 */
export interface Relay {
  /** A file with the answer for targets that cannot be reached. */
  readonly badGatewayFile: string;
  /** What the names of sockets between workers begin with. */
  readonly relayPrefix: string;
}

const relayAddress = (group: Group, { relayPrefix }: Relay): string =>
  word(`abns@${relayPrefix}/${plainName(group.id)}`);

/** Where the newest worker takes such requests. They were looked at already, and are passed on as they are. */
export const renderRelay = (group: Group, relay: Relay): readonly string[] => [
  `frontend relay_${plainName(group.id)}`,
  `  bind ${relayAddress(group, relay)}`,
  `  timeout client ${group.idleTimeoutSeconds}s`,
  `  default_backend ${backendName(group.id)}`,
  "",
];

export function renderBackend(group: Group, slots: readonly Slot[], relay: Relay): readonly string[] {
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
      unavailable("{ nbsrv eq 0 } !{ stopping }"),
      `errorfile 503 ${word(relay.badGatewayFile)}`,
      `use-server ${RELAY} if { stopping }`,
      ...(sticky ? ["ignore-persist if { stopping }"] : []),
      defaultServer(group),
      ...slots.flatMap((slot, index) => serverLines(slot, index, sticky)),
      `server ${RELAY} ${relayAddress(group, relay)} weight 0${group.protocol === "HTTPS" ? " no-ssl" : ""}`,
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
  const connections = `pool-low-conn ${OWN_CONNECTIONS}`;
  const thresholds = `inter ${intervalSeconds}s rise ${healthyThreshold} fall ${unhealthyThreshold}`;
  return `default-server ${connections} ${thresholds}${port}${slow}${traffic}${checks}`;
}

function serverLines(slot: Slot, index: number, sticky: boolean): readonly string[] {
  const { address, port } = slot.endpoint ?? NOWHERE;
  const at = `${plainAddress(address)}:${port}`;
  const cookie = sticky ? ` cookie ${index + 1}` : "";
  // What was not seen healthy yet waits for a command, since a server starts as a healthy one.
  const spare = slot.open && !slot.initial ? "" : " disabled";
  const checked = slot.open && slot.handedOver ? "" : spare;
  return [
    `server ${checkedName(index)} ${at} check${cookie}${checked}`,
    `server ${spareName(index)} ${at} backup${cookie}${spare}`,
  ];
}
