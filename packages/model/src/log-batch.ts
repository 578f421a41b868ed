/**
 * The sequence token by which an agent numbers its batches of log events, so that one it sends again adds nothing; agents
 * write it, the Logs API reads it. AWS ignores sequence tokens, so it does no harm there.
 */

export interface LogBatch {
  readonly writer: string;
  readonly number: number;
}

const TOKEN = /^roadstead:([\w.:-]{1,200}):(\d{1,15})$/;

export const batchToken = ({ writer, number }: LogBatch): string => `roadstead:${writer}:${number}`;

/** Null for any other token. */
export function readBatchToken(token: string | undefined): LogBatch | null {
  const [, writer, number] = TOKEN.exec(token ?? "") ?? [];
  return writer === undefined ? null : { writer, number: Number(number) };
}
