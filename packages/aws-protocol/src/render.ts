/** Writes answers and errors as each protocol has them, through the SDK's own serialisers. */
import { JsonCodec2, XmlCodec } from "@aws-sdk/core/protocols";
import { CborCodec, cbor } from "@smithy/core/cbor";
import type { NormalizedSchema } from "@smithy/core/schema";
import type { AwsError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { operationSchemas } from "./schema.ts";
import type { ServiceDefinition } from "./service.ts";
import { isQuery, type Protocol, type WireResponse } from "./wire.ts";

/** The protocol of one request, and what its answers take from the service. */
export type Style = Pick<ServiceDefinition<never>, "protocol" | "xmlNamespace" | "queryCompatible">;

/** Epoch seconds. */
const JSON_TIMESTAMP = 7;
/** ISO 8601. */
const XML_TIMESTAMP = 5;

const jsonCodec = new JsonCodec2({
  jsonName: false,
  timestampFormat: { useTrait: true, default: JSON_TIMESTAMP },
});

export function renderOutput<Context>(
  style: Style,
  operation: Operation<Context>,
  output: unknown,
  requestId: string,
): WireResponse {
  const { name, output: schema } = operationSchemas(operation.schema);
  if (style.protocol === "rpcV2Cbor") return cborResponse(200, encodeCbor(schema, output), requestId);
  if (!isQuery(style.protocol)) return json(style.protocol, 200, encodeJson(schema, output), requestId);
  const result = encodeXml(style.xmlNamespace ?? "", schema, output);
  if (style.protocol === "ec2Query") {
    const body = `<requestId>${requestId}</requestId>${result ?? "<return>true</return>"}`;
    return xml(200, `<${name}Response xmlns="${style.xmlNamespace}">${body}</${name}Response>`, requestId);
  }
  return xml(
    200,
    `<${name}Response xmlns="${style.xmlNamespace}">${result === null ? "" : `<${name}Result>${result}</${name}Result>`}` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`,
    requestId,
  );
}

function encodeJson(schema: NormalizedSchema, output: unknown): string | Uint8Array {
  if (schema.isUnitSchema()) return "{}";
  const serializer = jsonCodec.createSerializer();
  serializer.write(schema, output ?? {});
  return asBytes(serializer.flush());
}

/** The SDK's byte arrays still carry string methods that warn: a plain view of the same bytes does not. */
const asBytes = (encoded: string | Uint8Array) =>
  typeof encoded === "string" ? encoded : Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);

const cborCodec = new CborCodec();

function encodeCbor(schema: NormalizedSchema, output: unknown): Uint8Array {
  if (schema.isUnitSchema()) return new Uint8Array();
  const serializer = cborCodec.createSerializer();
  serializer.write(schema, output ?? {});
  return asBytes(serializer.flush()) as Uint8Array;
}

/** The members of the result without the element the codec wraps them in; null for an operation without output. */
function encodeXml(namespace: string, schema: NormalizedSchema, output: unknown): string | null {
  if (schema.isUnitSchema()) return null;
  const codec = new XmlCodec({
    xmlNamespace: namespace,
    serviceNamespace: namespace,
    timestampFormat: { useTrait: true, default: XML_TIMESTAMP },
    httpBindings: false,
  });
  const serializer = codec.createSerializer();
  serializer.write(schema, output ?? {});
  const document = asBytes(serializer.flush()).toString();
  const start = document.indexOf(">") + 1;
  const end = document.lastIndexOf("</");
  return end < start ? "" : document.slice(start, end);
}

/** Codes whose name or status differs in the query protocol. */
const QUERY_CODES: Readonly<Record<string, readonly [code: string, status: number]>> = {
  MissingAuthenticationTokenException: ["MissingAuthenticationToken", 403],
  IncompleteSignatureException: ["IncompleteSignature", 403],
  InvalidSignatureException: ["SignatureDoesNotMatch", 403],
  UnrecognizedClientException: ["InvalidClientTokenId", 403],
  ExpiredTokenException: ["ExpiredToken", 403],
  AccessDeniedException: ["AccessDenied", 403],
  ThrottlingException: ["Throttling", 400],
  SerializationException: ["MalformedInput", 400],
  UnknownOperationException: ["InvalidAction", 400],
  UnsupportedOperationException: ["UnsupportedOperation", 400],
  ServerException: ["ServiceFailure", 500],
};

/** The same for EC2, which has codes of its own. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const EC2_CODES: typeof QUERY_CODES = {
  ...QUERY_CODES,
  IncompleteSignatureException: ["IncompleteSignature", 400],
  InvalidSignatureException: ["AuthFailure", 401],
  UnrecognizedClientException: ["AuthFailure", 401],
  ExpiredTokenException: ["RequestExpired", 400],
  AccessDeniedException: ["UnauthorizedOperation", 403],
  ThrottlingException: ["RequestLimitExceeded", 503],
  SerializationException: ["MalformedQueryString", 400],
  ServerException: ["InternalError", 500],
};

function renderEc2Error(error: AwsError, requestId: string): WireResponse {
  const [code, status] = EC2_CODES[error.code] ?? [error.code, error.httpStatus];
  return xml(
    status,
    `<Response><Errors><Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>` +
      `</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
    requestId,
  );
}

export function renderError(style: Style, error: AwsError, requestId: string): WireResponse {
  if (style.protocol === "ec2Query") return renderEc2Error(error, requestId);
  if (style.protocol !== "query") return renderDocumentError(style, error, requestId);
  const [code, status] = QUERY_CODES[error.code] ?? [error.code, error.httpStatus];
  const namespace = style.xmlNamespace ? ` xmlns="${style.xmlNamespace}"` : "";
  return xml(
    status,
    `<ErrorResponse${namespace}><Error><Type>${status >= 500 ? "Receiver" : "Sender"}</Type><Code>${escapeXml(code)}</Code>` +
      `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    requestId,
  );
}

/** JSON and CBOR. A service that began with the query protocol says its codes in a header beside. */
function renderDocumentError(style: Style, error: AwsError, requestId: string): WireResponse {
  const { protocol, queryCompatible } = style;
  const code = queryCompatible?.errorShapes[error.code] ?? error.code;
  const document = { __type: code, message: error.message, ...error.extra };
  const response =
    protocol === "rpcV2Cbor"
      ? cborResponse(error.httpStatus, cbor.serialize(document), requestId)
      : json(protocol, error.httpStatus, JSON.stringify(document), requestId);
  const fault = error.fault === "server" ? "Receiver" : "Sender";
  return {
    ...response,
    headers: {
      ...response.headers,
      "x-amzn-errortype": code,
      ...(queryCompatible ? { "x-amzn-query-error": `${error.code};${fault}` } : {}),
    },
  };
}

const CONTENT_TYPES: Readonly<Record<Protocol, string>> = {
  "awsJson1.0": "application/x-amz-json-1.0",
  "awsJson1.1": "application/x-amz-json-1.1",
  query: "text/xml",
  rpcV2Cbor: "application/cbor",
  ec2Query: "text/xml",
};

const json = (
  protocol: Protocol,
  status: number,
  body: string | Uint8Array,
  requestId: string,
): WireResponse => ({
  status,
  headers: { "content-type": CONTENT_TYPES[protocol], "x-amzn-requestid": requestId },
  body,
});

/** An answer without members has no body. */
const cborResponse = (status: number, body: Uint8Array, requestId: string): WireResponse => ({
  status,
  headers: {
    "smithy-protocol": "rpc-v2-cbor",
    "x-amzn-requestid": requestId,
    ...(body.length > 0 ? { "content-type": CONTENT_TYPES.rpcV2Cbor } : {}),
  },
  body,
});

const xml = (status: number, body: string, requestId: string): WireResponse => ({
  status,
  headers: { "content-type": CONTENT_TYPES.query, "x-amzn-requestid": requestId },
  body,
});

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** XML 1.0 has no way at all to write most control characters. */
const UNWRITABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const escapeXml = (text: string) =>
  text.replace(UNWRITABLE, "\ufffd").replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
