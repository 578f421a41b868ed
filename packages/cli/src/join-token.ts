/** Writes and reads the text of a join token: `agent token` prints one, the machine that joins reads it. Pure. */

export interface JoinToken {
  readonly secret: string;
  /** SHA-256 of the control plane's certificate authority, base64url. */
  readonly fingerprint: string;
  /** Where the api's TLS port is, the best first: `192.0.2.10:4750`. */
  readonly addresses: readonly string[];
}

const PREFIX = "roadstead1.";
const ADDRESS = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/i;
const DIGEST = /^[\w-]{43}$/;

export const encodeJoinToken = ({ secret, fingerprint, addresses }: JoinToken): string =>
  [PREFIX.slice(0, -1), secret, fingerprint, Buffer.from(addresses.join(" ")).toString("base64url")].join(
    ".",
  );

/** Null for what is no token of ours. */
export function decodeJoinToken(text: string): JoinToken | null {
  if (!text.startsWith(PREFIX)) return null;
  const [secret = "", fingerprint = "", encoded = "", ...more] = text.slice(PREFIX.length).split(".");
  const addresses = Buffer.from(encoded, "base64url").toString("utf8").split(" ");
  const isWhole = DIGEST.test(secret) && DIGEST.test(fingerprint) && more.length === 0;
  return isWhole && addresses.every((address) => ADDRESS.test(address))
    ? { secret, fingerprint, addresses }
    : null;
}
