/** A request and a response as bytes on the wire, free of any HTTP framework. */

export interface WireRequest {
  readonly method: string;
  /** Still percent-encoded, as it was sent. */
  readonly path: string;
  /** Without the question mark, as it was sent. */
  readonly query: string;
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type Protocol = "awsJson1.0" | "awsJson1.1" | "query" | "ec2Query" | "rpcV2Cbor";

/** Those whose requests are forms and whose answers are XML. */
export const isQuery = (protocol: Protocol): protocol is "query" | "ec2Query" =>
  protocol === "query" || protocol === "ec2Query";
