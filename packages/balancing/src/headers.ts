/** Renders which headers a listener puts on requests and answers, as its attributes and its balancer's say; the configuration's renderer calls this. */
import { verbatim, word } from "./quote.ts";
import type { HeaderHandling, Listener } from "./snapshot.ts";

const FORWARDED_FOR = "X-Forwarded-For";
const TRACE = "X-Amzn-Trace-Id";
/** Anything but letters, digits and hyphens. */
const INVALID_NAME = "[^-A-Za-z0-9]";

/**
 * Seconds, and 24 digits with 58 random bits; the last 16 are spread evenly, as those expect who sample by them. It is
 * made for every request: two UUIDs take six times as long.
 */
const NEW_TRACE = "1-%[date,hex,bytes(8),lower]-%[rand(90000000),add(10000000)]%[rand,xxh64,hex,lower]";

/** Before a listener's rules, which see the others as clients sent them. */
export const refusedHeaders = ({ headers }: Listener): readonly string[] =>
  headers.dropInvalid ? [`http-request del-header ${verbatim(INVALID_NAME)} -m reg`] : [];

/**
 * Goes behind all other rules for requests, since the evaluation may end here. Each condition costs every request: those
 * for headers that few requests bring come after the line that ends it for the rest.
 */
export function requestHeaders({ headers, tls, port }: Listener): readonly string[] {
  const forwarded = forwardedFor(headers);
  return [
    ...forwarded.always,
    `http-request set-header X-Forwarded-Proto ${tls === null ? "http" : "https"}`,
    `http-request set-header X-Forwarded-Port ${port}`,
    ...(headers.tellTls && tls !== null
      ? [
          `http-request set-header X-Amzn-Tls-Version ${verbatim("%[ssl_fc_protocol]")}`,
          `http-request set-header X-Amzn-Tls-Cipher-Suite ${verbatim("%[ssl_fc_cipher]")}`,
        ]
      : []),
    `http-request add-header ${TRACE} ${verbatim(`Root=${NEW_TRACE}`)}`,
    `http-request allow if ${[...forwarded.doneWhen, "{ req.fhdr_cnt(x-amzn-trace-id) eq 1 }"].join(" ")}`,
    ...forwarded.seldom,
    ...mergedTrace(),
  ];
}

interface ForwardedFor {
  readonly always: readonly string[];
  /** When nothing is left to do. */
  readonly doneWhen: readonly string[];
  readonly seldom: readonly string[];
}

/** One header stays one, with the client at its end. */
function forwardedFor({ forwardedFor: mode, tellClientPort }: HeaderHandling): ForwardedFor {
  const always = (...lines: readonly string[]): ForwardedFor => ({ always: lines, doneWhen: [], seldom: [] });
  if (mode === "preserve") return always();
  if (mode === "remove") return always(`http-request del-header ${FORWARDED_FOR}`);
  const client = tellClientPort ? "%[src]:%[src_port]" : "%[src]";
  const add = `http-request add-header ${FORWARDED_FOR} ${verbatim(client)}`;
  const lengthen = `http-request set-header ${FORWARDED_FOR} ${verbatim(`%[req.fhdr(x-forwarded-for)], ${client}`)}`;
  const isOne = "{ req.fhdr_cnt(x-forwarded-for) eq 1 }";
  if (tellClientPort) return always(`${lengthen} if ${isOne}`, `${add} unless ${isOne}`);
  return {
    always: ["option forwardfor if-none"],
    doneWhen: ["!{ req.fhdr(x-forwarded-for) -m found }"],
    seldom: [`${lengthen} if ${isOne}`, `${add} if { req.fhdr_cnt(x-forwarded-for) gt 1 }`],
  };
}

/** What comes with a request is kept: a new trace becomes the balancer's own part of it, in place of that of another. */
function mergedTrace(): readonly string[] {
  const replace = (pattern: string, by: string) =>
    `http-request replace-header ${TRACE} ${verbatim(pattern)} ${verbatim(by)}`;
  const isTwo = "{ req.fhdr_cnt(x-amzn-trace-id) gt 1 }";
  const merge = (field: string, condition: string) => {
    const merged = `${field}=%[req.fhdr(x-amzn-trace-id,-1),bytes(5)];%[req.fhdr(x-amzn-trace-id,1)]`;
    return `http-request set-header ${TRACE} ${verbatim(merged)} if ${condition}`;
  };
  return [
    replace("^Self=[^;]*;(.*)$", "\\1"),
    replace("^(.*);Self=[^;]*(.*)$", "\\1\\2"),
    merge("Self", `${isTwo} { req.fhdr(x-amzn-trace-id,1) -m sub Root= }`),
    merge("Root", isTwo),
  ];
}

/** Also on answers of the balancer's own. */
export const responseHeaders = ({ headers }: Listener): readonly string[] => [
  ...(headers.tellServer ? [] : ["http-after-response del-header Server"]),
  ...headers.ofAnswers
    .filter(({ name }) => /^[A-Za-z-]{1,64}$/.test(name))
    .map(({ name, value }) => `http-after-response set-header ${name} ${word(value.replaceAll("%", "%%"))}`),
];
