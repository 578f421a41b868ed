/** Calls the stack's API in the two query protocols, for the demo's network, roles and load balancer. */
import { type ApiAccess, post } from "./api-client.ts";
import { Failure } from "./failure.ts";

const VERSIONS = { ec2: "2016-11-15", iam: "2010-05-08", elasticloadbalancing: "2015-12-01" } as const;

export type QueryValue =
  | string
  | number
  | boolean
  | readonly QueryValue[]
  | { readonly [name: string]: QueryValue };
type Parameters = { readonly [name: string]: QueryValue };

/** The answer's XML. Names are those of the wire. */
export async function callQuery(
  access: ApiAccess,
  service: keyof typeof VERSIONS,
  { action, input }: { readonly action: string; readonly input: Parameters },
): Promise<string> {
  const listInfix = service === "ec2" ? "" : "member.";
  const form = new URLSearchParams([
    ["Action", action],
    ["Version", VERSIONS[service]],
    ...flatten(input, listInfix),
  ]);
  return post(access, {
    service,
    operation: action,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
}

/** `{ Tag: [{ Key: "a" }] }` as `Tag.1.Key=a`, or with the infix `member.` as `Tag.member.1.Key=a`. */
export function flatten(value: QueryValue, listInfix: string, path = ""): [string, string][] {
  const inside = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
  if (isList(value))
    return value.flatMap((item, at) => flatten(item, listInfix, inside(`${listInfix}${at + 1}`)));
  if (typeof value === "object")
    return Object.entries(value).flatMap(([name, item]) => flatten(item, listInfix, inside(name)));
  return [[path, String(value)]];
}

const isList = (value: QueryValue): value is readonly QueryValue[] => Array.isArray(value);

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** The texts of all elements of that name that hold only text, in the answer's order. */
export const xmlTexts = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text = ""]) =>
    text
      .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
      .replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity] ?? ""),
  );

/** For an element that the answer must have. */
export function xmlText(xml: string, name: string): string {
  const [text] = xmlTexts(xml, name);
  if (text === undefined) throw new Failure(`the answer has no ${name}: ${xml}`);
  return text;
}
