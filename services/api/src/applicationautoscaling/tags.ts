/** Tags of scalable targets: how requests bring them, answers show them and policies see them. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { findTargetById, lockTarget, type ScalableTargetRow } from "@roadstead/db/scalable-targets";
import type { Tag } from "@roadstead/model/container-instance";
import { parseScalableTargetArn } from "@roadstead/model/scaling-arn";
import type { ApiContext } from "../context.ts";
import { scalingErrors } from "./errors.ts";

const TAGS_MAX = 50;
const KEY_MAX_CHARS = 128;
const VALUE_MAX_CHARS = 256;

type TagMap = Readonly<Record<string, string>>;

export function withTags(old: readonly Tag[], given: TagMap = {}): readonly Tag[] {
  const tags = new Map(old.map(({ key, value }) => [key, value]));
  for (const [key, value] of Object.entries(given)) {
    if (key.toLowerCase().startsWith("aws:")) {
      throw scalingErrors.validation(`Tag key ${key} begins with aws:, which is reserved.`);
    }
    if (key === "" || key.length > KEY_MAX_CHARS || value.length > VALUE_MAX_CHARS) {
      throw scalingErrors.validation(
        `A tag key has 1 to ${KEY_MAX_CHARS} characters and its value at most ${VALUE_MAX_CHARS}.`,
      );
    }
    tags.set(key, value);
  }
  if (tags.size > TAGS_MAX) throw scalingErrors.tooManyTags(TAGS_MAX);
  return [...tags].map(([key, value]) => ({ key, value }));
}

/** What conditions of a policy may ask about tags. */
export const tagKeys = (has: readonly Tag[], asked: TagMap = {}): Record<string, string | string[]> => ({
  ...Object.fromEntries(has.map(({ key, value }) => [`aws:ResourceTag/${key}`, value])),
  ...Object.fromEntries(Object.entries(asked).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(Object.keys(asked).length > 0 ? { "aws:TagKeys": Object.keys(asked) } : {}),
});

/** Of all that Application Auto Scaling tags, scalable targets are what there is. */
export async function taggedTarget(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  arn = "",
): Promise<ScalableTargetRow> {
  const parsed = parseScalableTargetArn(arn);
  if (!parsed) throw scalingErrors.validation(`The ARN ${arn} is not the ARN of a scalable target.`);
  const row = await findTargetById(tx, parsed.id);
  const isHere = parsed.place.accountId === ctx.scope.accountId && parsed.place.region === ctx.scope.region;
  if (!row || !isHere || row.scopeId !== ctx.scope.id) throw scalingErrors.noTagged(arn);
  return row;
}

/** The same, held while its tags change. */
export async function heldTagged(tx: WriteTx, ctx: ApiContext, arn = ""): Promise<ScalableTargetRow> {
  const held = await lockTarget(tx, (await taggedTarget(tx, ctx, arn)).id);
  if (!held) throw scalingErrors.noTagged(arn);
  return held;
}

export const authorizeTags =
  (action: string) =>
  async ({
    input,
    ctx,
  }: {
    readonly input: { readonly ResourceARN?: string | undefined; readonly Tags?: TagMap | undefined };
    readonly ctx: ApiContext;
  }): Promise<Authorization> => {
    const arn = input.ResourceARN ?? "";
    const parsed = parseScalableTargetArn(arn);
    const row = parsed ? await findTargetById(ctx.db, parsed.id) : null;
    const tags = row?.scopeId === ctx.scope.id ? row.tags : [];
    return {
      action: `application-autoscaling:${action}`,
      resource: arn || "*",
      context: tagKeys(tags, input.Tags),
    };
  };
