/** Reads a request's event pattern, and says in AWS's words why it is none. */
import { compileEventPattern, type EventPattern } from "@roadstead/event-pattern/event-pattern";
import { EventPatternError } from "@roadstead/event-pattern/pattern-error";
import { eventErrors } from "./errors.ts";

export function readPattern(text: string): EventPattern {
  try {
    return compileEventPattern(text);
  } catch (error) {
    if (error instanceof EventPatternError) throw eventErrors.invalidPattern(error.message);
    throw error;
  }
}
