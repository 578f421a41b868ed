/** Renders what a rule does with a request: forward, redirect or answer; frontends give the rule's condition. */
import type {
  BalancerAction,
  FixedResponseAction,
  ForwardAction,
  RedirectAction,
} from "@roadstead/model/balancer-rule";
import { plainName, urlInLogFormat, verbatim, word } from "./quote.ts";
import type { Listener } from "./snapshot.ts";

export interface RenderedActions {
  readonly requests: readonly string[];
  readonly backends: readonly string[];
  readonly responses: readonly string[];
}

export const backendName = (groupId: string): string => `tg_${plainName(groupId)}`;

export const SERVER = "awselb/2.0";
/** On every answer that is the balancer's own. */
export const OWN_HEADERS = `hdr Server ${SERVER} hdr Date ${verbatim("%[date,http_date]")}`;

const TITLE_503 = "503 Service Temporarily Unavailable";
const UNAVAILABLE = `http-request return status 503 content-type text/html string ${word(page(TITLE_503))} ${OWN_HEADERS}`;
const GROUP_COOKIE = "AWSALBTG";

/** The words of AWS's own error pages. */
export function page(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

/** What is answered when there is nobody to send a request to. */
export const unavailable = (condition: string): string => `${UNAVAILABLE} if ${condition}`;

/** `condition` is empty when the actions are for every request. */
export function renderActions(
  actions: readonly BalancerAction[],
  condition: string,
  listener: Pick<Listener, "port" | "tls">,
): RenderedActions {
  const action = actions.find(({ type }) => ["forward", "redirect", "fixed-response"].includes(type));
  switch (action?.type) {
    case "forward":
      return renderForward(action, condition);
    case "redirect":
      return {
        requests: renderRedirect(action, condition, listener),
        ...NOTHING_MORE,
      };
    case "fixed-response":
      return { requests: [when(renderResponse(action), condition)], ...NOTHING_MORE };
    case undefined:
      return { requests: [when(UNAVAILABLE, condition)], ...NOTHING_MORE };
  }
}

const NOTHING_MORE = { backends: [], responses: [] };
const when = (line: string, ...conditions: readonly string[]): string => {
  const all = conditions.filter((condition) => condition !== "").join(" ");
  return all === "" ? line : `${line} if ${all}`;
};

function renderForward(action: ForwardAction, condition: string): RenderedActions {
  const shared = action.targetGroups.filter(({ weight }) => weight > 0);
  const [first] = shared;
  if (first === undefined) return { requests: [when(UNAVAILABLE, condition)], ...NOTHING_MORE };
  if (shared.length === 1) {
    const backends = [when(`use_backend ${backendName(first.targetGroupId)}`, condition)];
    return { requests: [], backends, responses: [] };
  }
  return renderShares(shared, action.stickinessSeconds, condition);
}

function renderShares(
  shared: ForwardAction["targetGroups"],
  stickinessSeconds: number | null,
  condition: string,
): RenderedActions {
  const total = shared.reduce((sum, { weight }) => sum + weight, 0);
  const names = shared.map(({ targetGroupId }) => plainName(targetGroupId));
  let upTo = 0;
  const chosen = shared.map(({ targetGroupId, weight }) => {
    upTo += weight;
    return when(
      `http-request set-var(txn.group) str(${plainName(targetGroupId)})`,
      condition,
      `!{ var(txn.group) -m found } { var(txn.share) -m int lt ${upTo} }`,
    );
  });
  const stay = `http-request set-var(txn.group) req.cook(${GROUP_COOKIE})`;
  const come = `http-response add-header Set-Cookie ${verbatim(`${GROUP_COOKIE}=%[var(txn.group)]; Max-Age=${stickinessSeconds ?? 0}; Path=/`)}`;
  const sticky = stickinessSeconds !== null;
  return {
    requests: [
      when(`http-request set-var(txn.share) rand(${total})`, condition),
      ...(sticky ? [when(stay, condition, `{ req.cook(${GROUP_COOKIE}) -m str ${names.join(" ")} }`)] : []),
      ...chosen,
    ],
    backends: names.map((name) =>
      when(`use_backend ${backendName(name)}`, condition, `{ var(txn.group) -m str ${name} }`),
    ),
    responses: sticky ? [when(come, condition)] : [],
  };
}

const PARTS = /(#\{(?:protocol|host|port|path|query)\})/;

/** The query's question mark goes when there is no query. */
function renderRedirect(
  action: RedirectAction,
  condition: string,
  listener: Pick<Listener, "port" | "tls">,
): readonly string[] {
  const own = listener.tls === null ? "http" : "https";
  const fill = (text: string): string =>
    text
      .split(PARTS)
      .map((part) => redirectPart(part, own, listener.port))
      .join("");
  const protocol = action.protocol.replace("#{protocol}", own).toLowerCase() === "https" ? "https" : "http";
  const port = /^\d{1,5}$/.test(action.port) ? action.port : String(listener.port);
  const query = fill(action.query);
  const path = action.path.startsWith("/") ? action.path : `/${action.path}`;
  const location = `${protocol}://${fill(action.host)}:${port}${fill(path)}%[var(txn.query)]`;
  const present = action.query === "#{query}" ? "{ query -m len gt 0 }" : "";
  const setQuery = `http-request set-var-fmt(txn.query) ${verbatim(`?${query}`)}`;
  return [
    when("http-request set-var(txn.query) str()", condition),
    ...(query === "" ? [] : [when(setQuery, condition, present)]),
    when(
      `http-request return status ${action.statusCode === 301 ? 301 : 302} hdr Location ${verbatim(location)} ${OWN_HEADERS}`,
      condition,
    ),
  ];
}

function redirectPart(part: string, protocol: string, listenerPort: number): string {
  switch (part) {
    case "#{protocol}":
      return protocol;
    case "#{host}":
      return "%[req.hdr(host),field(1,:)]";
    case "#{port}":
      return String(listenerPort);
    case "#{path}":
      return "%[path,bytes(1)]";
    case "#{query}":
      return "%[query]";
    default:
      return urlInLogFormat(part);
  }
}

function renderResponse({ statusCode, contentType, messageBody }: FixedResponseAction): string {
  const status = statusCode >= 200 && statusCode <= 599 ? Math.trunc(statusCode) : 500;
  if (messageBody === "") return `http-request return status ${status} ${OWN_HEADERS}`;
  const type = word(contentType ?? "text/plain");
  return `http-request return status ${status} content-type ${type} string ${word(messageBody)} ${OWN_HEADERS}`;
}
