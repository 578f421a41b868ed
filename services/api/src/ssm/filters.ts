/** Decides which parameters a request's filters keep; DescribeParameters and GetParametersByPath ask. */
import type { ParameterStringFilter } from "@aws-sdk/client-ssm";
import type { ParameterRow } from "@roadstead/db/parameters";
import { parameterErrors } from "./errors.ts";

type Keeps = (row: ParameterRow) => boolean;

export const keepsAll = (filters: readonly ParameterStringFilter[] | undefined): Keeps => {
  const each = (filters ?? []).map(keeps);
  return (row) => each.every((one) => one(row));
};

function keeps({ Key = "", Option, Values = [] }: ParameterStringFilter): Keeps {
  if (Key === "Path") return (row) => Values.some((path) => isUnder(row.name, path, Option === "Recursive"));
  if (Key.startsWith("tag:")) {
    const tag = Key.slice("tag:".length);
    return ({ tags }) =>
      tags.some(({ key, value }) => key === tag && (Values.length === 0 || Values.includes(value)));
  }
  const text = TEXTS[Key];
  if (!text) throw parameterErrors.invalidFilter(Key);
  return (row) => Values.some((value) => matches(text(row), value, Option));
}

function matches(text: string, value: string, option: string | undefined): boolean {
  if (option === "BeginsWith") return text.startsWith(value);
  return option === "Contains" ? text.includes(value) : text === value;
}

const TEXTS: Readonly<Record<string, (row: ParameterRow) => string>> = {
  Name: ({ name }) => name,
  Type: ({ type }) => type,
  Tier: ({ tier }) => tier,
  DataType: ({ dataType }) => dataType,
};

/** One level below the path, or any. */
export function isUnder(name: string, path: string, isRecursive: boolean): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  if (!name.startsWith(prefix)) return false;
  return isRecursive || !name.slice(prefix.length).includes("/");
}
