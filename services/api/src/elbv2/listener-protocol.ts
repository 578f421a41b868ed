/** Reads a listener's protocol and port on top of what it has; CreateListener and ModifyListener call it. */
import type { CreateListenerInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ListenerRow } from "@roadstead/db/listeners";
import { elbErrors } from "./errors.ts";

type Given = Pick<
  CreateListenerInput,
  "Protocol" | "Port" | "Certificates" | "SslPolicy" | "AlpnPolicy" | "MutualAuthentication"
>;

export function readListenerProtocol(
  given: Given,
  present: Pick<ListenerRow, "protocol" | "port"> | null,
): Pick<ListenerRow, "protocol" | "port"> {
  const protocol = given.Protocol ?? present?.protocol;
  const port = given.Port ?? present?.port;
  if (protocol === undefined) throw elbErrors.validation("A listener protocol must be specified");
  if (port === undefined) throw elbErrors.validation("A listener port must be specified");
  if (protocol === "HTTPS") throw elbErrors.unsupported("Listeners with protocol 'HTTPS' are not supported");
  if (protocol !== "HTTP") {
    throw elbErrors.validation(`Listener protocol '${protocol}' must be one of 'HTTPS, HTTP'`);
  }
  if (given.Certificates?.length) {
    throw elbErrors.invalidConfiguration("A certificate cannot be specified for HTTP listeners");
  }
  if (given.SslPolicy !== undefined) {
    throw elbErrors.invalidConfiguration("An SSL policy cannot be specified for HTTP listeners");
  }
  if (given.AlpnPolicy?.length) {
    throw elbErrors.invalidConfiguration("An ALPN policy can be specified only for TLS listeners");
  }
  const { Mode: mode = "off" } = given.MutualAuthentication ?? {};
  if (mode !== "off") {
    throw elbErrors.invalidConfiguration("Mutual authentication can be specified only for HTTPS listeners");
  }
  return { protocol, port };
}
