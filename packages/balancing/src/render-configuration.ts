/** Renders all load balancers of an installation as one HAProxy configuration; the load balancer writes it and has it loaded. */
import { OWN_HEADERS, page, renderActions } from "./actions.ts";
import { type Relay, renderBackend, renderRelay } from "./backend.ts";
import { renderConditions } from "./conditions.ts";
import { refusedHeaders, requestHeaders, responseHeaders } from "./headers.ts";
import { plainAddress, plainName, word } from "./quote.ts";
import type { BalancerSnapshot, GroupSlots, Listener } from "./snapshot.ts";
import { bindOptions } from "./tls-options.ts";

/** AWS takes 64 KiB of a request's headers; the rest is room for what is added to them. */
const HEADERS_MAX_BYTES = 65_536;
const ADDED_MAX_BYTES = 1_024;

export interface Installation extends Relay {
  /** Where commands are taken; a path of ours. */
  readonly statsSocket: string;
  /** Where servers' states are handed from one worker to the next. */
  readonly stateFile: string;
  /** The folder that lists of certificates speak of. */
  readonly certificatesFolder: string;
  /** Whom workers run as; null when we are nobody special ourselves. */
  readonly workerId: number | null;
  /** Names the structure: a running HAProxy says which one it has. */
  readonly structure: string;
}

export function renderConfiguration(
  snapshot: BalancerSnapshot,
  slots: readonly GroupSlots[],
  installation: Installation,
): string {
  const slotsOf = new Map(slots.map((group) => [group.groupId, group.slots]));
  return [
    ...globalSection(installation),
    ...defaultsSection(),
    ...snapshot.listeners.flatMap(renderListener),
    ...snapshot.groups.flatMap((group) => renderBackend(group, slotsOf.get(group.id) ?? [], installation)),
    ...snapshot.groups.flatMap((group) => renderRelay(group, installation)),
    "",
  ].join("\n");
}

/** Two configurations with the same structure differ in their targets alone, which need no reload. */
export const structureOf = (
  snapshot: BalancerSnapshot,
  slots: readonly GroupSlots[],
  installation: Omit<Installation, "structure">,
): string =>
  renderConfiguration(
    snapshot,
    slots.map((group) => ({
      ...group,
      slots: group.slots.map(() => ({ endpoint: null, open: false, initial: false })),
    })),
    { ...installation, structure: "none" },
  );

function globalSection(installation: Installation): readonly string[] {
  const { workerId } = installation;
  return [
    "# Written by Roadstead's load balancer; changes are overwritten.",
    "global",
    `  description ${plainName(installation.structure)}`,
    `  stats socket ${word(installation.statsSocket)} mode 600 level admin expose-fd listeners`,
    "  stats timeout 10s",
    `  server-state-file ${word(installation.stateFile)}`,
    // However seldom a group is checked, each new worker looks at its targets at once.
    "  max-spread-checks 500ms",
    "  hard-stop-after 3600s",
    "  fd-hard-limit 65536",
    `  tune.bufsize ${HEADERS_MAX_BYTES + ADDED_MAX_BYTES}`,
    `  tune.maxrewrite ${ADDED_MAX_BYTES}`,
    "  tune.ssl.default-dh-param 2048",
    `  crt-base ${word(installation.certificatesFolder)}`,
    ...(workerId === null ? [] : [`  uid ${workerId}`, `  gid ${workerId}`]),
    "",
  ];
}

/** Connections that wait for a next request are closed with its answer, so that a reload cuts none of them. */
function defaultsSection(): readonly string[] {
  const errors = [
    [400, "400 Bad Request"],
    [408, "408 Request Time-out"],
    [502, "502 Bad Gateway"],
    [503, "503 Service Temporarily Unavailable"],
    [504, "504 Gateway Time-out"],
  ] as const;
  return [
    "defaults",
    "  mode http",
    "  option idle-close-on-response",
    "  option redispatch 1",
    "  retries 2",
    "  timeout connect 10s",
    "  timeout queue 10s",
    "  load-server-state-from-file global",
    ...errors.map(
      ([status, title]) =>
        `  http-error status ${status} content-type text/html string ${word(page(title))} ${OWN_HEADERS}`,
    ),
    "",
  ];
}

/** Only new connections are looked at: one that was let in stays. */
const ingressLines = ({ ingress }: Listener): readonly string[] =>
  ingress === null
    ? []
    : [
        `tcp-request connection reject if { dst ${plainAddress(ingress.address)} } !{ src -f ${word(ingress.file)} }`,
      ];

function renderListener(listener: Listener): readonly string[] {
  const rules = [...listener.rules]
    .sort((a, b) => a.priority - b.priority)
    .map((rule, index) => {
      const number = index + 1;
      return {
        number,
        conditions: renderConditions(`r${number}`, rule.conditions),
        actions: renderActions(rule.actions, `{ var(txn.rule) -m int ${number} }`, listener),
      };
    });
  const otherwise = rules.length === 0 ? "" : "!{ var(txn.rule) -m found }";
  const last = renderActions(listener.defaultActions, otherwise, listener);
  const every = [...rules.map(({ actions }) => actions), last];
  return [
    `frontend ln_${plainName(listener.id)}`,
    ...[
      ...listener.addresses.map(
        (address) => `bind ${plainAddress(address)}:${listener.port}${bindOptions(listener.tls)}`,
      ),
      ...ingressLines(listener),
      `timeout client ${listener.idleTimeoutSeconds}s`,
      `timeout http-request ${listener.idleTimeoutSeconds}s`,
      `timeout http-keep-alive ${listener.idleTimeoutSeconds}s`,
      ...refusedHeaders(listener),
      ...responseHeaders(listener),
      ...rules.flatMap(({ number, conditions }) => [
        ...conditions.lines,
        `http-request set-var(txn.rule) int(${number}) if !{ var(txn.rule) -m found } ${conditions.names.join(" ")}`.trimEnd(),
      ]),
      ...every.flatMap(({ requests }) => requests),
      ...requestHeaders(listener),
      ...every.flatMap(({ responses }) => responses),
      ...every.flatMap(({ backends }) => backends),
    ].map((line) => `  ${line}`),
    "",
  ];
}
