/** Renders which headers a listener puts on requests and answers, as its attributes and its balancer's say; the configuration's renderer calls this. */
import { verbatim, word } from "./quote.ts";
import type { HeaderHandling, Listener } from "./snapshot.ts";

const FORWARDED_FOR = "X-Forwarded-For";
/** Anything but letters, digits and hyphens. */
const INVALID_NAME = "[^-A-Za-z0-9]";

/** Seconds, and 24 random digits: the ends of two UUIDs take a third of the time that three random numbers in hexadecimal do. */
const TRACE_ID = "Root=1-%[date,hex,bytes(8,8),lower]-%[uuid,bytes(24)]%[uuid,bytes(24)]";

export function requestHeaders({ headers, tls, port }: Listener): readonly string[] {
  return [
    ...(headers.dropInvalid ? [`http-request del-header ${verbatim(INVALID_NAME)} -m reg`] : []),
    ...forwardedFor(headers),
    `http-request set-header X-Forwarded-Proto ${tls === null ? "http" : "https"}`,
    `http-request set-header X-Forwarded-Port ${port}`,
    `http-request set-header X-Amzn-Trace-Id ${verbatim(TRACE_ID)} unless { req.hdr(X-Amzn-Trace-Id) -m found }`,
    ...(headers.tellTls && tls !== null
      ? [
          `http-request set-header X-Amzn-Tls-Version ${verbatim("%[ssl_fc_protocol]")}`,
          `http-request set-header X-Amzn-Tls-Cipher-Suite ${verbatim("%[ssl_fc_cipher]")}`,
        ]
      : []),
  ];
}

/** One header stays one, with the client at its end. */
function forwardedFor({ forwardedFor: mode, tellClientPort }: HeaderHandling): readonly string[] {
  if (mode === "preserve") return [];
  if (mode === "remove") return [`http-request del-header ${FORWARDED_FOR}`];
  const client = tellClientPort ? "%[src]:%[src_port]" : "%[src]";
  const isOne = "{ req.fhdr_cnt(x-forwarded-for) eq 1 }";
  const longer = verbatim(`%[req.fhdr(x-forwarded-for)], ${client}`);
  return [
    `http-request set-header ${FORWARDED_FOR} ${longer} if ${isOne}`,
    `http-request add-header ${FORWARDED_FOR} ${verbatim(client)} unless ${isOne}`,
  ];
}

/** Also on answers of the balancer's own. */
export const responseHeaders = ({ headers }: Listener): readonly string[] =>
  headers.ofAnswers
    .filter(({ name }) => /^[A-Za-z-]{1,64}$/.test(name))
    .map(({ name, value }) => `http-after-response set-header ${name} ${word(value.replaceAll("%", "%%"))}`);
