/** EC2's filters: any of a filter's values, all of the filters, `*` and `?` in values, and tags of every resource. */
import type { Filter, Tag } from "@aws-sdk/client-ec2";
import { ec2Errors } from "./errors.ts";

type Scalar = string | number | boolean | undefined;
/** By the filter's name: the values of an item that it is compared with. */
export type FilterTable<Item> = Readonly<Record<string, (item: Item) => Scalar | readonly Scalar[]>>;

/** Of what nothing here has: known, and met by no item. */
export const metByNone = (...names: readonly string[]): Readonly<Record<string, () => readonly Scalar[]>> =>
  Object.fromEntries(names.map((name) => [name, () => []]));

const FILTERS_MAX = 50;
const VALUES_MAX = 200;

export function filtered<Item extends { readonly Tags?: readonly Tag[] | undefined }>(
  items: readonly Item[],
  filters: readonly Filter[] | undefined,
  table: FilterTable<Item>,
): readonly Item[] {
  if (!filters || filters.length === 0) return items;
  if (filters.length > FILTERS_MAX) throw ec2Errors.refused(`More than ${FILTERS_MAX} filters are given.`);
  const tests = filters.map((filter) => testOf(filter, table));
  return items.filter((item) => tests.every((test) => test(item)));
}

function testOf<Item extends { readonly Tags?: readonly Tag[] | undefined }>(
  { Name = "", Values = [] }: Filter,
  table: FilterTable<Item>,
): (item: Item) => boolean {
  if (Values.length > VALUES_MAX) throw ec2Errors.refused(`The filter '${Name}' has too many values.`);
  const read = readerOf(Name, table);
  const patterns = Values.map(patternOf);
  return (item) => {
    const values = [read(item)].flat();
    return values.some((value) => value !== undefined && patterns.some((pattern) => pattern(String(value))));
  };
}

function readerOf<Item extends { readonly Tags?: readonly Tag[] | undefined }>(
  name: string,
  table: FilterTable<Item>,
): (item: Item) => Scalar | readonly Scalar[] {
  if (name.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return ({ Tags = [] }) => Tags.filter(({ Key }) => Key === key).map(({ Value }) => Value);
  }
  if (name === "tag-key") return ({ Tags = [] }) => Tags.map(({ Key }) => Key);
  if (name === "tag-value") return ({ Tags = [] }) => Tags.map(({ Value }) => Value);
  const read = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!read) throw ec2Errors.refused(`The filter '${name}' is invalid`);
  return read;
}

/** Compared as it stands unless it has a wildcard; a backslash takes a wildcard's meaning away. */
function patternOf(value: string): (text: string) => boolean {
  if (!/[*?\\]/.test(value)) return (text) => text === value;
  const parts = value.match(/\\.|[\s\S]/gu) ?? [];
  return (text) => matches(parts, [...text]);
}

/** Walks back to the last `*` only, so that no pattern takes longer than the product of both lengths. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let [at, from, star, resume] = [0, 0, -1, 0];
  while (from < text.length) {
    const part = pattern[at];
    if (part === "*") {
      star = at++;
      resume = from;
    } else if (part !== undefined && (part === "?" || literal(part) === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++resume;
    } else return false;
  }
  return pattern.slice(at).every((part) => part === "*");
}

const literal = (part: string) => (part.length > 1 && part.startsWith("\\") ? part.slice(1) : part);
