/** Opaque `nextToken`s: sealed, and good only for the scope, operation and filter they were made for. */
import { createHash } from "node:crypto";
import type { SecretBox } from "./secrets.ts";

export interface PageContext {
  readonly scopeId: number;
  readonly operation: string;
  /** Everything that selects the list, but not the page size. */
  readonly filter: unknown;
}

const contextOf = ({ scopeId, operation, filter }: PageContext) =>
  createHash("sha256")
    .update(JSON.stringify([scopeId, operation, filter]))
    .digest("base64url");

export const sealPageToken = (box: SecretBox, page: PageContext, lastKey: string): string =>
  box.seal(lastKey, contextOf(page));

/** The key to go on after, or null for a token that was not made for this list. */
export const openPageToken = (box: SecretBox, page: PageContext, token: string): string | null =>
  box.open(token, contextOf(page));
