/** Reads, seals and opens how a connection's calls prove whom they are from; secrets are stored sealed alone. */
import type {
  ConnectionHttpParameters,
  CreateConnectionAuthRequestParameters,
  UpdateConnectionAuthRequestParameters,
} from "@aws-sdk/client-eventbridge";
import {
  type ConnectionParameter,
  type ConnectionParameters,
  type ConnectionRow,
  connectionContext,
} from "@roadstead/db/event-connections";
import type { ApiContext } from "../context.ts";
import { eventErrors } from "./errors.ts";

interface Given {
  readonly AuthorizationType?: string | undefined;
  readonly AuthParameters?:
    | CreateConnectionAuthRequestParameters
    | UpdateConnectionAuthRequestParameters
    | undefined;
  readonly InvocationConnectivityParameters?: object | undefined;
  readonly KmsKeyIdentifier?: string | undefined;
}

interface Authorization {
  readonly authorizationType: ConnectionRow["authorizationType"];
  readonly parameters: ConnectionParameters;
}

/** What a request leaves out stays as it was. */
export function readConnection(given: Given, before: Authorization | null): Authorization {
  refuseUnbuilt(given);
  const authorizationType = given.AuthorizationType ?? before?.authorizationType;
  if (authorizationType !== "BASIC" && authorizationType !== "API_KEY") {
    throw eventErrors.unsupported(`Connections with ${authorizationType} are`);
  }
  const credentials =
    authorizationType === "BASIC"
      ? { basic: readBasic(given, before?.parameters.basic) }
      : { apiKey: readApiKey(given, before?.parameters.apiKey) };
  const http = given.AuthParameters?.InvocationHttpParameters;
  return {
    authorizationType,
    parameters: { ...credentials, ...(http || !before ? readHttp(http) : httpOf(before.parameters)) },
  };
}

function refuseUnbuilt({ AuthParameters, InvocationConnectivityParameters, KmsKeyIdentifier }: Given): void {
  if (AuthParameters?.OAuthParameters) throw eventErrors.unsupported("Connections with OAuth are");
  if (InvocationConnectivityParameters || AuthParameters?.ConnectivityParameters) {
    throw eventErrors.unsupported("Connections to private APIs through resource configurations are");
  }
  if (KmsKeyIdentifier) throw eventErrors.unsupported("Connections under keys of KMS are");
}

function readBasic({ AuthParameters }: Given, before: ConnectionParameters["basic"]) {
  const { Username, Password } = AuthParameters?.BasicAuthParameters ?? {};
  const username = Username ?? before?.username;
  const password = Password ?? before?.password;
  if (username === undefined || password === undefined) throw missing("BasicAuthParameters", "BASIC");
  return { username, password };
}

function readApiKey({ AuthParameters }: Given, before: ConnectionParameters["apiKey"]) {
  const { ApiKeyName, ApiKeyValue } = AuthParameters?.ApiKeyAuthParameters ?? {};
  const name = ApiKeyName ?? before?.name;
  const value = ApiKeyValue ?? before?.value;
  if (name === undefined || value === undefined) throw missing("ApiKeyAuthParameters", "API_KEY");
  return { name, value };
}

const missing = (member: string, type: string) =>
  eventErrors.validation(`Parameter ${member} is required for authorization type ${type}.`);

interface Parameter {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
  readonly IsValueSecret?: boolean | undefined;
}

function readHttp(http: ConnectionHttpParameters = {}) {
  const read = (list: readonly Parameter[] = []): readonly ConnectionParameter[] =>
    list.map(({ Key: key = "", Value: value = "", IsValueSecret: isSecret = false }) => ({
      key,
      value,
      isSecret,
    }));
  return {
    headers: read(http.HeaderParameters),
    query: read(http.QueryStringParameters),
    body: read(http.BodyParameters),
  };
}

const httpOf = ({ headers, query, body }: ConnectionParameters) => ({ headers, query, body });

export const sealParameters = (ctx: ApiContext, id: string, parameters: ConnectionParameters): string =>
  ctx.secretValues.seal(JSON.stringify(parameters), connectionContext(id));

export function openParameters(
  ctx: ApiContext,
  { id, sealedParameters }: Pick<ConnectionRow, "id" | "sealedParameters">,
): ConnectionParameters {
  const plain = ctx.secretValues.open(sealedParameters, connectionContext(id));
  if (plain === null) throw new Error(`the parameters of connection ${id} do not open with any master key`);
  return JSON.parse(plain) as ConnectionParameters;
}
