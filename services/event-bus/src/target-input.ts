/** What of an event a target is sent: all of it, a constant, a part, or a template filled with parts. */
import type { EventTargetDetails } from "@roadstead/db/schema/event-bus";

type Transformer = NonNullable<EventTargetDetails["inputTransformer"]>;

export interface InputFacts {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** When the bus took the event; its own time may be another. */
  readonly ingestedAt: Date;
}

export function targetInput(
  event: string,
  { input, inputPath, inputTransformer }: EventTargetDetails,
  facts: InputFacts,
): string {
  if (input !== undefined) return input;
  if (inputPath !== undefined) return JSON.stringify(valueAt(JSON.parse(event), inputPath) ?? {});
  if (inputTransformer) return transformed(event, inputTransformer, facts);
  return event;
}

/** `<name>` stands for a part; inside quotes it is text, outside it is JSON. */
function transformed(event: string, { paths, template }: Transformer, facts: InputFacts): string {
  const parsed: unknown = JSON.parse(event);
  const reserved = reservedVariables(event, parsed, facts);
  let isQuoted = false;
  let filled = "";
  for (const part of template.split(/(\\.|"|<[\w.-]+>)/s)) {
    if (part === '"') isQuoted = !isQuoted;
    const name = /^<([\w.-]+)>$/.exec(part)?.[1];
    if (name === undefined) {
      filled += part;
      continue;
    }
    const path = Object.hasOwn(paths, name) ? paths[name] : undefined;
    const value = path === undefined ? reserved.get(name) : valueAt(parsed, path);
    const isKnown = path !== undefined || reserved.has(name);
    filled += isKnown ? (isQuoted ? asText(value) : asJson(value)) : part;
  }
  return filled;
}

function reservedVariables(
  event: string,
  parsed: unknown,
  { ruleArn, ruleName, ingestedAt }: InputFacts,
): ReadonlyMap<string, unknown> {
  const { detail: _, ...outer } = parsed as { readonly detail?: unknown };
  return new Map<string, unknown>([
    ["aws.events.rule-arn", ruleArn],
    ["aws.events.rule-name", ruleName],
    ["aws.events.event.ingestion-time", `${ingestedAt.toISOString().slice(0, 19)}Z`],
    ["aws.events.event", outer],
    ["aws.events.event.json", JSON.parse(event)],
  ]);
}

/** Inside the template's own quotes: what would end them is escaped. */
function asText(value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

const asJson = (value: unknown): string => (value === undefined ? '""' : JSON.stringify(value));

/** `$`, then names and places: what was checked when the target was put. Undefined where there is nothing. */
function valueAt(event: unknown, path: string): unknown {
  let value = event;
  for (const [, name, place, quoted] of path.matchAll(/\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^'\]]+)'\]/g)) {
    const key = name ?? quoted ?? Number(place);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}
