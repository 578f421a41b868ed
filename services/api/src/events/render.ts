/** Rules, targets, connections and API destinations as EventBridge answers them. */
import type {
  ApiDestination,
  Connection,
  ConnectionAuthResponseParameters,
  Rule,
  Target,
} from "@aws-sdk/client-eventbridge";
import type { ApiDestinationRow } from "@roadstead/db/api-destinations";
import type {
  ConnectionParameter,
  ConnectionParameters,
  ConnectionRow,
} from "@roadstead/db/event-connections";
import type { EventRuleRow, EventTargetRow } from "@roadstead/db/event-rules";
import type { Place } from "@roadstead/model/arn";
import { apiDestinationArn, connectionArn, ruleArn } from "@roadstead/model/event-arn";
import { DEFAULT_BUS } from "./subject.ts";

export const renderRule = (place: Place, row: EventRuleRow): Rule => ({
  Name: row.name,
  Arn: ruleArn(place, row.name),
  EventPattern: row.pattern,
  State: row.state,
  EventBusName: DEFAULT_BUS,
  ...(row.description === null ? {} : { Description: row.description }),
  ...(row.roleArn === null ? {} : { RoleArn: row.roleArn }),
});

export function renderTarget({ targetId, arn, details }: EventTargetRow): Target {
  const { roleArn, input, inputPath, inputTransformer, http, retry } = details;
  return {
    Id: targetId,
    Arn: arn,
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
    ...(input === undefined ? {} : { Input: input }),
    ...(inputPath === undefined ? {} : { InputPath: inputPath }),
    ...(inputTransformer && {
      InputTransformer: {
        InputPathsMap: { ...inputTransformer.paths },
        InputTemplate: inputTransformer.template,
      },
    }),
    ...(http && {
      HttpParameters: {
        PathParameterValues: [...http.path],
        HeaderParameters: { ...http.headers },
        QueryStringParameters: { ...http.query },
      },
    }),
    ...(retry && {
      RetryPolicy: {
        ...(retry.attemptsMax === undefined ? {} : { MaximumRetryAttempts: retry.attemptsMax }),
        ...(retry.ageMaxSeconds === undefined ? {} : { MaximumEventAgeInSeconds: retry.ageMaxSeconds }),
      },
    }),
  };
}

/** A connection is ready as soon as it is made: nothing asks whom it is for. */
export const CONNECTION_STATE = "AUTHORIZED";

export const connectionChanged = (place: Place, row: ConnectionRow) =>
  ({
    ConnectionArn: connectionArn(place, row.name, row.id),
    ConnectionState: CONNECTION_STATE,
    CreationTime: row.createdAt,
    LastModifiedTime: row.modifiedAt,
    LastAuthorizedTime: row.modifiedAt,
  }) as const;

export const renderConnection = (place: Place, row: ConnectionRow): Connection => ({
  ...connectionChanged(place, row),
  Name: row.name,
  AuthorizationType: row.authorizationType,
});

/** Without what is secret. */
export function renderParameters(parameters: ConnectionParameters): ConnectionAuthResponseParameters {
  const { basic, apiKey, headers, query, body } = parameters;
  const shown = (list: readonly ConnectionParameter[]) =>
    list.map(({ key, value, isSecret }) => ({
      Key: key,
      IsValueSecret: isSecret,
      ...(isSecret ? {} : { Value: value }),
    }));
  const hasMore = headers.length + query.length + body.length > 0;
  return {
    ...(basic && { BasicAuthParameters: { Username: basic.username } }),
    ...(apiKey && { ApiKeyAuthParameters: { ApiKeyName: apiKey.name } }),
    ...(hasMore && {
      InvocationHttpParameters: {
        HeaderParameters: shown(headers),
        QueryStringParameters: shown(query),
        BodyParameters: shown(body),
      },
    }),
  };
}

export const destinationChanged = (place: Place, row: ApiDestinationRow) =>
  ({
    ApiDestinationArn: apiDestinationArn(place, row.name, row.id),
    ApiDestinationState: row.isActive ? "ACTIVE" : "INACTIVE",
    CreationTime: row.createdAt,
    LastModifiedTime: row.modifiedAt,
  }) as const;

export const renderDestination = (place: Place, row: ApiDestinationRow): ApiDestination => ({
  ...destinationChanged(place, row),
  Name: row.name,
  ConnectionArn: row.connectionArn,
  InvocationEndpoint: row.endpoint,
  HttpMethod: row.method as NonNullable<ApiDestination["HttpMethod"]>,
  InvocationRateLimitPerSecond: row.rateLimit,
});
