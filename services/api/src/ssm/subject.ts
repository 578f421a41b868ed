/** Which parameter a request is about, and how parameters are shown. */
import type { Parameter } from "@aws-sdk/client-ssm";
import type { ReadTx } from "@roadstead/db/connect";
import { findParameters, type ParameterRow } from "@roadstead/db/parameters";
import { type Place, parseArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { parameterErrors } from "./errors.ts";

export const parameterArn = ({ accountId, region }: Place, name: string) =>
  `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, "")}`;

export const contextOf = (ctx: ApiContext, name: string) => `parameter ${ctx.scope.id} ${name}`;

interface Reference {
  readonly name: string;
  /** `:3`, as it was written. */
  readonly selector: string;
}

/** `name`, `name:version`, or an ARN of either; an ARN has no sign of whether the name begins with a slash. */
function readReference({ scope }: ApiContext, written: string): readonly Reference[] {
  let text = written;
  let isArn = false;
  if (written.startsWith("arn:")) {
    const arn = parseArn(written);
    const isHere = arn?.region === scope.region && arn.accountId === scope.accountId;
    if (arn?.service !== "ssm" || !isHere || !arn.resource.startsWith("parameter/")) return [];
    text = arn.resource.slice("parameter".length);
    isArn = true;
  }
  const [name = "", ...selector] = text.split(":");
  const whole = { name, selector: selector.length > 0 ? `:${selector.join(":")}` : "" };
  return isArn ? [whole, { ...whole, name: name.slice(1) }] : [whole];
}

/** By what was written. Names that are not there are absent. */
export async function loadByReference(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  written: readonly string[],
): Promise<ReadonlyMap<string, { readonly row: ParameterRow; readonly selector: string }>> {
  const references = written.map((text) => ({ text, candidates: readReference(ctx, text) }));
  const names = references.flatMap(({ candidates }) => candidates.map(({ name }) => name));
  const rows = new Map((await findParameters(tx, ctx.scope.id, names)).map((row) => [row.name, row]));
  const found = new Map<string, { row: ParameterRow; selector: string }>();
  for (const { text, candidates } of references) {
    const known = candidates.find(({ name }) => rows.has(name));
    const row = known && rows.get(known.name);
    if (row && known) found.set(text, { row, selector: known.selector });
  }
  return found;
}

/** Only the newest version is kept: a selector must name it. */
export const isSelected = ({ row, selector }: { readonly row: ParameterRow; readonly selector: string }) =>
  selector === "" || selector === `:${row.version}`;

/** A secure one that is not to be decrypted shows what is stored. */
export function renderParameter(
  ctx: ApiContext,
  { row, selector }: { readonly row: ParameterRow; readonly selector: string },
  withDecryption: boolean | undefined,
): Parameter {
  const isShown = row.type !== "SecureString" || withDecryption;
  const plain = isShown ? ctx.secretValues.open(row.sealedValue, contextOf(ctx, row.name)) : row.sealedValue;
  if (plain === null) throw new Error(`parameter ${row.name} was sealed by a key that we do not hold`);
  return {
    Name: row.name,
    Type: row.type,
    Value: plain,
    Version: row.version,
    ...(selector ? { Selector: selector } : {}),
    LastModifiedDate: row.changedAt,
    ARN: parameterArn(ctx.scope, row.name),
    DataType: row.dataType,
  };
}

/** What a reference would be the ARN of. */
export const resourceOf = (ctx: ApiContext, written: string): string =>
  parameterArn(ctx.scope, readReference(ctx, written)[0]?.name ?? written);

export async function existingParameter(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  name: string | undefined,
): Promise<ParameterRow> {
  const [row] = await findParameters(tx, ctx.scope.id, [name ?? ""]);
  if (!row) throw parameterErrors.invalidResourceId(name ?? "");
  return row;
}
