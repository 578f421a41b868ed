/** Reads from attributes what a listener does with headers; the snapshot is made with it. */
import type { HeaderHandling } from "@roadstead/balancing/snapshot";

type Attributes = Readonly<Record<string, string>>;

const ANSWER_HEADER = /^routing\.http\.response\.([a-z_]+)\.header_value$/;

export function headerHandling(ofBalancer: Attributes, ofListener: Attributes): HeaderHandling {
  const isSet = (name: string) => ofBalancer[`routing.http.${name}.enabled`] === "true";
  const mode = ofBalancer["routing.http.xff_header_processing.mode"];
  return {
    dropInvalid: isSet("drop_invalid_header_fields"),
    forwardedFor: mode === "preserve" || mode === "remove" ? mode : "append",
    tellClientPort: isSet("xff_client_port"),
    tellTls: isSet("x_amzn_tls_version_and_cipher_suite"),
    tellServer: ofListener["routing.http.response.server.enabled"] !== "false",
    ofAnswers: Object.entries(ofListener)
      .flatMap(([key, value]) => {
        const name = ANSWER_HEADER.exec(key)?.[1];
        return name === undefined || value === "" ? [] : [{ name: headerName(name), value }];
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** `strict_transport_security` is how attributes write Strict-Transport-Security. */
const headerName = (snake: string): string =>
  snake
    .split("_")
    .map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
    .join("-");
