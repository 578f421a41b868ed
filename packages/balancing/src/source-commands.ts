/** Which commands bring a running HAProxy's list of whom a listener lets in to what is wanted; the load balancer sends them. Pure. */
import type { ListenerIngress } from "./snapshot.ts";

/** HAProxy's commands know no quotes. */
const argument = (path: string): string => path.replace(/[\s;\\]/g, "\\$&");

export const showSources = ({ file }: Pick<ListenerIngress, "file">): string => `show acl ${argument(file)}`;

/** Each line is where HAProxy keeps an entry, and the entry. */
export const readSources = (answer: string): ReadonlySet<string> =>
  new Set([...answer.matchAll(/^0x[0-9a-f]+ (\S+)$/gm)].map((match) => match[1] ?? ""));

/** What comes is let in before what goes is kept out. */
export function sourceCommands(
  { file, sources }: Pick<ListenerIngress, "file" | "sources">,
  running: ReadonlySet<string>,
): readonly string[] {
  const wanted = new Set(sources);
  return [
    ...sources
      .filter((source) => !running.has(source))
      .map((source) => `add acl ${argument(file)} ${source}`),
    ...[...running]
      .filter((source) => !wanted.has(source))
      .map((source) => `del acl ${argument(file)} ${source}`),
  ];
}

export const sourcesText = ({ sources }: Pick<ListenerIngress, "sources">): string =>
  sources.map((source) => `${source}\n`).join("");
