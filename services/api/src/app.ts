/** The api as one function from request to answer: the stages of a request, and the line that is logged for it. */
import type { Dispatch, Dispatched } from "@roadstead/aws-protocol/router";
import type { WireRequest, WireResponse } from "@roadstead/aws-protocol/wire";
import { newUuid } from "@roadstead/service-kit/ids";
import type { Logger } from "@roadstead/service-kit/log";
import type { Metrics } from "@roadstead/service-kit/metrics";
import type { Authenticator } from "./authenticate.ts";
import { authorize } from "./authorize.ts";
import type { ApiContext, ApiSettings, Caller } from "./context.ts";

export interface AppDeps {
  readonly dispatch: Dispatch<ApiContext>;
  readonly authenticator: Authenticator;
  /** Everything of a context that does not depend on the request. */
  readonly base: Omit<ApiContext, "caller" | "scope" | "requestId">;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** What the port that a request came in by changes of the settings: elsewhere, other addresses lead to us. */
export type PortSettings = Partial<Pick<ApiSettings, "gatewayUrl">>;

export type App = (request: WireRequest, port?: PortSettings) => Promise<WireResponse>;

export function createApp({ dispatch, authenticator, base, log, metrics, now }: AppDeps): App {
  const duration = metrics.histogram("api_request_seconds", "Time to answer a request.", [
    "operation",
    "code",
  ]);
  return async (request, port) => {
    const startedAt = performance.now();
    const requestId = newUuid();
    let caller: Caller | undefined;
    const dispatched = await dispatch(request, {
      requestId,
      async authenticate(wire, route) {
        const authenticated = await authenticator.authenticate(wire, route, now());
        caller = authenticated.caller;
        const settings = port ? { ...base.settings, ...port } : base.settings;
        return { ...base, ...authenticated, settings, requestId };
      },
      authorize: ({ caller, scope }, wanted) =>
        authorize(caller, wanted, { now: now(), region: scope.region }),
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const operation = dispatched.route
      ? `${dispatched.route.signingName}:${dispatched.route.operation}`
      : "unknown";
    duration.observe({ operation, code: dispatched.error?.code ?? "ok" }, seconds);
    logRequest(log, { requestId, operation, caller, seconds, dispatched });
    return dispatched.response;
  };
}

function logRequest(
  log: Logger,
  line: {
    readonly requestId: string;
    readonly operation: string;
    readonly caller: Caller | undefined;
    readonly seconds: number;
    readonly dispatched: Dispatched;
  },
): void {
  const { error } = line.dispatched;
  const fields = {
    op: "api.request",
    operation: line.operation,
    requestId: line.requestId,
    principalArn: line.caller?.principal.arn,
    status: line.dispatched.response.status,
    code: error?.code,
    reason: error?.message,
    durationMs: Math.round(line.seconds * 1_000_000) / 1_000,
  };
  if (error?.fault === "server") log.error({ ...fields, err: error.cause ?? error }, "request failed");
  else log.info(fields);
}
