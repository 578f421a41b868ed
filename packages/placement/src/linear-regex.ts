/**
 * Matches a Java-style regular expression against a whole value in time linear in the value, so that no pattern of a user's
 * can stall placement. Called by `query-comparison`. Look-around, back-references and possessive quantifiers are refused.
 */
import { parsePattern, type RegexNode } from "./linear-regex-parser.ts";

export type LinearRegex =
  | { readonly ok: true; readonly matches: (value: string) => boolean }
  | { readonly ok: false; readonly error: string };

const PATTERN_LENGTH_MAX = 256;
const STATES_MAX = 400;
const EMIT_STEPS_MAX = 5_000;
const VALUE_LENGTH_MAX = 2_000;
/** Attribute values repeat across instances (zones, types), so answers are kept. */
const ANSWERS_MAX = 1_000;

type State =
  | { readonly kind: "char"; readonly test: (code: number) => boolean }
  | { readonly kind: "start" | "end" | "match" }
  | { kind: "split"; first: number; second: number };

export function compileLinearRegex(pattern: string): LinearRegex {
  if (pattern.length > PATTERN_LENGTH_MAX) {
    return { ok: false, error: `a regular expression is longer than ${PATTERN_LENGTH_MAX} characters` };
  }
  const parsed = parsePattern(pattern);
  if (!parsed.ok) return parsed;
  const program: Program = { states: [], steps: 0 };
  if (!emit(program, parsed.node)) return { ok: false, error: "the regular expression is too large" };
  program.states.push({ kind: "match" });
  const answers = new Map<string, boolean>();
  return {
    ok: true,
    matches(value) {
      if (value.length > VALUE_LENGTH_MAX) return false;
      const known = answers.get(value);
      if (known !== undefined) return known;
      const answer = run(program.states, value);
      if (answers.size < ANSWERS_MAX) answers.set(value, answer);
      return answer;
    },
  };
}

type Program = { readonly states: State[]; steps: number };

/** Appends the states of a node; false when a bound is passed. Falling through to the next state is success. */
function emit(program: Program, node: RegexNode): boolean {
  if (++program.steps > EMIT_STEPS_MAX || program.states.length > STATES_MAX) return false;
  switch (node.kind) {
    case "char":
      program.states.push({ kind: "char", test: node.test });
      return true;
    case "start":
    case "end":
      program.states.push({ kind: node.kind });
      return true;
    case "sequence":
      return node.items.every((item) => emit(program, item));
    case "choice":
      return emitChoice(program, node.options);
    case "repeat":
      return emitRepeat(program, node);
  }
}

function emitChoice(program: Program, options: readonly RegexNode[]): boolean {
  const jumps: { first: number; second: number }[] = [];
  for (const [i, option] of options.entries()) {
    const last = i === options.length - 1;
    const split = last ? null : pushSplit(program);
    if (!emit(program, option)) return false;
    if (!last) jumps.push(pushSplit(program));
    if (split) split.second = program.states.length;
  }
  for (const jump of jumps) {
    jump.first = program.states.length;
    jump.second = program.states.length;
  }
  return true;
}

function emitRepeat(program: Program, { item, min, max }: RegexNode & { kind: "repeat" }): boolean {
  for (let i = 0; i < min; i++) if (!emit(program, item)) return false;
  if (max === null) {
    const start = program.states.length;
    const split = pushSplit(program);
    if (!emit(program, item)) return false;
    const back = pushSplit(program);
    back.first = start;
    back.second = start;
    split.second = program.states.length;
    return true;
  }
  const exits: { second: number }[] = [];
  for (let i = min; i < max; i++) {
    exits.push(pushSplit(program));
    if (!emit(program, item)) return false;
  }
  for (const exit of exits) exit.second = program.states.length;
  return true;
}

/** A split whose first branch is the next state; the caller sets the second. */
function pushSplit(program: Program): State & { kind: "split" } {
  const split = {
    kind: "split" as const,
    first: program.states.length + 1,
    second: program.states.length + 1,
  };
  program.states.push(split);
  return split;
}

/** Thompson's simulation: the set of live states, one step per character. */
function run(states: readonly State[], value: string): boolean {
  const seenAt = new Int32Array(states.length).fill(-1);
  let live: number[] = [];
  follow({ states, seenAt, live, at: 0, length: value.length }, 0);
  for (let i = 0; i < value.length && live.length > 0; i++) {
    const next: number[] = [];
    const code = value.charCodeAt(i);
    for (const id of live) {
      const state = states[id];
      if (state?.kind === "char" && state.test(code)) {
        follow({ states, seenAt, live: next, at: i + 1, length: value.length }, id + 1);
      }
    }
    live = next;
  }
  return live.some((id) => states[id]?.kind === "match" && seenAt[id] === value.length);
}

type Closure = {
  readonly states: readonly State[];
  readonly seenAt: Int32Array;
  readonly live: number[];
  readonly at: number;
  readonly length: number;
};

/** Adds the states reachable without consuming a character. */
function follow(closure: Closure, from: number): void {
  const pending = [from];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (closure.seenAt[id] === closure.at) continue;
    closure.seenAt[id] = closure.at;
    const state = closure.states[id];
    if (state?.kind === "split") pending.push(state.second, state.first);
    else if (state?.kind === "start" && closure.at === 0) pending.push(id + 1);
    else if (state?.kind === "end" && closure.at === closure.length) pending.push(id + 1);
    else if (state?.kind === "char" || state?.kind === "match") closure.live.push(id);
  }
}
