/** What EC2's operations ask of a caller's permissions: which action on which ARNs, and the conditions of each. */
import type { TagSpecification } from "@aws-sdk/client-ec2";
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { ApiContext } from "../context.ts";
import { taggedKind } from "./kinds.ts";
import { requestTags } from "./tags.ts";

/** Lists know no resources. */
export const listing = (operation: string) => (): Authorization => ({
  action: `ec2:${operation}`,
  resource: "*",
});

export const ec2Arn = ({ scope }: Pick<ApiContext, "scope">, type: string, id: string): string =>
  `arn:aws:ec2:${scope.region}:${scope.accountId}:${type}/${id}`;

/** The action on each resource that is named, whose tags conditions see. */
export function on(
  ctx: ApiContext,
  operation: string,
  ids: readonly (string | undefined)[],
  context: Readonly<Record<string, string | string[]>> = {},
): Promise<readonly Authorization[]> {
  const named = ids.filter((id) => id !== undefined && id !== "");
  return Promise.all(
    named.map(async (id): Promise<Authorization> => {
      const kind = taggedKind(id ?? "");
      const row = kind ? await kind.table.find(ctx.db, ctx.scope.id, id ?? "") : null;
      const tags = (row?.tags ?? []).flatMap(({ key, value }) => [
        [`aws:ResourceTag/${key}`, value] as const,
        [`ec2:ResourceTag/${key}`, value] as const,
      ]);
      return {
        action: `ec2:${operation}`,
        resource: ec2Arn(ctx, kind?.type ?? "*", id ?? ""),
        context: { ...Object.fromEntries(tags), ...context },
      };
    }),
  );
}

/** One resource, or the action on anything when the request names none. */
export const onOne =
  <Input>(operation: string, idsOf: (input: Input) => readonly (string | undefined)[]) =>
  async ({ input, ctx }: { readonly input: Input; readonly ctx: ApiContext }) => {
    const wanted = await on(ctx, operation, idsOf(input));
    return wanted.length > 0 ? wanted : [{ action: `ec2:${operation}`, resource: "*" }];
  };

/** Making a resource: the action on it and on those it is made from, and putting tags on it where the request does. */
export const making =
  <Input extends { readonly TagSpecifications?: TagSpecification[] | undefined }>(
    operation: string,
    type: string,
    from: (input: Input) => readonly (string | undefined)[] = () => [],
  ) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: Input;
    readonly ctx: ApiContext;
  }): Promise<readonly Authorization[]> => {
    const tags = (input.TagSpecifications ?? []).flatMap(({ Tags }) => Tags ?? []);
    const context = requestTags(tags);
    const resource = ec2Arn(ctx, type, "*");
    const tagging = {
      action: "ec2:CreateTags",
      resource,
      context: { ...context, "ec2:CreateAction": operation },
    };
    return [
      { action: `ec2:${operation}`, resource, context },
      ...(await on(ctx, operation, from(input))),
      ...(tags.length > 0 ? [tagging] : []),
    ];
  };
