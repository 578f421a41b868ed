/** Writes an event's place as AWS writes event ids and tokens: 56 digits. A client compares tokens, so they are not sealed. */
import type { LogPosition } from "@roadstead/db/log-page";

const TIME_DIGITS = 20;
const SEQ_DIGITS = 36;
const TOKEN = /^([fb])\/(\d{20})(\d{36})\/s$/;

export type TokenDirection = "forward" | "backward";

/** The same for an event for ever, and greater for a later one. */
export const digitsOf = ({ timestampMs, seq }: LogPosition): string =>
  String(timestampMs).padStart(TIME_DIGITS, "0") + String(seq).padStart(SEQ_DIGITS, "0");

export const eventToken = (direction: TokenDirection, place: LogPosition): string =>
  `${direction === "forward" ? "f" : "b"}/${digitsOf(place)}/s`;

/** Null for what is no token of ours. */
export function readEventToken(
  token: string,
): { readonly direction: TokenDirection; readonly place: LogPosition } | null {
  const [, letter, time, seq] = TOKEN.exec(token) ?? [];
  const place = { timestampMs: Number(time), seq: Number(seq) };
  if (!Number.isSafeInteger(place.timestampMs) || !Number.isSafeInteger(place.seq)) return null;
  return { direction: letter === "f" ? "forward" : "backward", place };
}
