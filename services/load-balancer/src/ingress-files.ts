/** Keeps the files that say whom listeners let in, which HAProxy reads when it starts and is told of changes of; passes call it. */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { haproxyFiles } from "@roadstead/balancing/installation-files";
import type { BalancerSnapshot, ListenerIngress } from "@roadstead/balancing/snapshot";
import { sourcesText } from "@roadstead/balancing/source-commands";

export interface IngressFiles {
  write(snapshot: BalancerSnapshot): Promise<void>;
  /** To be called once HAProxy has what was written last. */
  tidy(snapshot: BalancerSnapshot): Promise<void>;
}

export const restricted = ({ listeners }: BalancerSnapshot): readonly ListenerIngress[] =>
  listeners.flatMap(({ ingress }) => ingress ?? []);

export function ingressFiles(haproxyFolder: string): IngressFiles {
  const folder = haproxyFiles(haproxyFolder).sources;
  /** What we know to be in a file. */
  const written = new Map<string, string>();
  return {
    async write(snapshot) {
      for (const ingress of restricted(snapshot)) {
        const text = sourcesText(ingress);
        if (written.get(ingress.file) === text) continue;
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(`${ingress.file}.new`, text, { mode: 0o600, flush: true });
        await rename(`${ingress.file}.new`, ingress.file);
        written.set(ingress.file, text);
      }
    },
    async tidy(snapshot) {
      const wanted = new Set(restricted(snapshot).map(({ file }) => file));
      if (written.size === wanted.size && [...written.keys()].every((file) => wanted.has(file))) return;
      const names = new Set([...wanted].map((file) => basename(file)));
      for (const name of await readdir(folder).catch(() => [])) {
        if (!names.has(name)) await rm(`${folder}/${name}`, { force: true });
      }
      for (const file of written.keys()) if (!wanted.has(file)) written.delete(file);
    },
  };
}
