/** Something found in a text; positions count UTF-16 units. */
export interface Finding {
  readonly start: number;
  /** After its last unit. */
  readonly end: number;
  /** What it is, in one word fit for logs and for its place in the text. */
  readonly type: string;
}
