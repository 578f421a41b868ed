/** secretsmanager:ListSecrets. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
import { ListSecrets$, type ListSecretsCommand } from "@aws-sdk/client-secrets-manager";
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import { listSecrets as listRows, type SecretRow } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { secretErrors } from "./errors.ts";
import { renderSecret } from "./render.ts";

const PAGE_MAX = 100;

/** A value matches from its beginning; one after an exclamation mark must not. */
function filterOf(key: string, values: readonly string[]): (row: SecretRow) => boolean {
  const texts = TEXTS[key];
  if (!texts) throw secretErrors.invalid(`Filtering secrets by ${key} is not supported.`);
  return (row) =>
    values.some((value) =>
      value.startsWith("!")
        ? texts(row).every((text) => !text.startsWith(value.slice(1)))
        : texts(row).some((text) => text.startsWith(value)),
    );
}

const TEXTS: Readonly<Record<string, (row: SecretRow) => readonly string[]>> = {
  name: ({ name }) => [name],
  description: ({ description }) => [description ?? ""],
  "tag-key": ({ tags }) => tags.map(({ key }) => key),
  "tag-value": ({ tags }) => tags.map(({ value }) => value),
};

export const listSecrets = operation<ListSecretsCommand>(ListSecrets$, {
  authorize: () => ({ action: "secretsmanager:ListSecrets", resource: "*" }),
  async handle({ input, ctx }) {
    const size = input.MaxResults ?? PAGE_MAX;
    const filters = (input.Filters ?? []).map(({ Key = "", Values = [] }) => filterOf(Key, Values));
    const place = {
      scopeId: ctx.scope.id,
      operation: "ListSecrets",
      filter: [input.Filters ?? [], input.IncludePlannedDeletion ?? false],
    };
    const after = input.NextToken ? openPageToken(ctx.pageTokens, place, input.NextToken) : "";
    if (after === null) throw secretErrors.invalidToken();
    const all = await listRows(ctx.db, {
      scopeId: ctx.scope.id,
      withPlanned: input.IncludePlannedDeletion ?? false,
    });
    const wanted = all.filter((row) => row.name > after && filters.every((matches) => matches(row)));
    const shown = wanted.slice(0, size);
    const last = wanted.length > size ? shown.at(-1) : undefined;
    return {
      SecretList: shown.map((row) => renderSecret(ctx, row)),
      ...(last ? { NextToken: sealPageToken(ctx.pageTokens, place, last.name) } : {}),
    };
  },
});
