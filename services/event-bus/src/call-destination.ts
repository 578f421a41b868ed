/** Calls an API destination with an event, as its connection says: one request, no redirects, bounded in time. */
import type { ConnectionParameter, ConnectionParameters } from "@roadstead/db/event-connections";
import type { EventTargetDetails } from "@roadstead/db/schema/event-bus";
import type { DeliveryResult } from "./delivery-result.ts";

export interface DestinationCall {
  readonly endpoint: string;
  readonly method: string;
  readonly parameters: ConnectionParameters;
  readonly http: EventTargetDetails["http"];
  readonly input: string;
  readonly timeoutMs: number;
}

/** What AWS tries again: the receiver is unwell, busy, or did not take who we are yet. */
const RETRIED = new Set([401, 407, 409, 429]);
const BODILESS = new Set(["GET", "HEAD"]);

export async function callDestination(call: DestinationCall): Promise<DeliveryResult> {
  const url = urlOf(call);
  if (url === null) return { kind: "dead", error: `${call.endpoint} is no URL with these parameters` };
  try {
    const response = await fetch(url, {
      method: call.method,
      headers: headersOf(call),
      redirect: "manual",
      signal: AbortSignal.timeout(call.timeoutMs),
      ...(BODILESS.has(call.method) ? {} : { body: bodyOf(call) }),
    });
    await response.body?.cancel();
    return judged(response);
  } catch (error) {
    return { kind: "failed", error: `${url.origin} ${reason(error)}` };
  }
}

function judged(response: Response): DeliveryResult {
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const error = `the endpoint answered ${status}`;
  if (status < 500 && !RETRIED.has(status)) return { kind: "dead", error };
  const retryAfterSeconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return retryAfterSeconds > 0
    ? { kind: "failed", error, retryAfterMs: retryAfterSeconds * 1_000 }
    : { kind: "failed", error };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return "could not be called";
  if (error.name === "TimeoutError") return "did not answer in time";
  const cause = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
  return `could not be called: ${cause}`;
}

/** Each `*` of the endpoint takes the next path parameter. */
function urlOf({ endpoint, http, parameters }: DestinationCall): URL | null {
  const values = [...(http?.path ?? [])];
  const filled = endpoint.replaceAll("*", () => encodeURIComponent(values.shift() ?? ""));
  if (!URL.canParse(filled)) return null;
  const url = new URL(filled);
  for (const { key, value } of parameters.query) url.searchParams.set(key, value);
  for (const [key, value] of Object.entries(http?.query ?? {})) {
    if (!parameters.query.some((own) => own.key === key)) url.searchParams.set(key, value);
  }
  return url;
}

/** What the connection says wins over what the target says. */
function headersOf({ http, parameters }: DestinationCall): Headers {
  const headers = new Headers({
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Amazon/EventBridge/ApiDestinations",
  });
  for (const [name, value] of Object.entries(http?.headers ?? {})) headers.set(name, value);
  for (const { key, value } of parameters.headers) headers.set(key, value);
  const { basic, apiKey } = parameters;
  if (basic) {
    const credentials = Buffer.from(`${basic.username}:${basic.password}`).toString("base64");
    headers.set("authorization", `Basic ${credentials}`);
  }
  if (apiKey) headers.set(apiKey.name, apiKey.value);
  return headers;
}

function bodyOf({ input, parameters }: DestinationCall): string {
  return parameters.body.length === 0 ? input : withParameters(input, parameters.body);
}

/** Body parameters become members of an object; what is no object is sent as it is. */
function withParameters(input: string, body: readonly ConnectionParameter[]): string {
  let given: unknown;
  try {
    given = JSON.parse(input);
  } catch {
    return input;
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return input;
  return JSON.stringify({ ...given, ...Object.fromEntries(body.map(({ key, value }) => [key, value])) });
}
