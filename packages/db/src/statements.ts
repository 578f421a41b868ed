/** Hand-written SQL: what a transaction and a database have in common. */

/** A value pg accepts as a parameter. */
export type SqlValue =
  | string
  | number
  | boolean
  | Date
  | null
  | readonly string[]
  | readonly number[]
  | object;

export interface Statements {
  /** Runs a statement. A `name` prepares it once per connection: use it on hot paths. */
  query<Row extends object>(text: string, values?: readonly SqlValue[], name?: string): Promise<Row[]>;
}
