/** Body of a message on `dead.<queue>`: a message that could not be decoded, and why. */
export interface DeadLetter {
  readonly reason: string;
  /** Where the message was: subject, stream sequence and time (milliseconds since the epoch). */
  readonly subject: string;
  readonly seq: number;
  readonly at: number;
  /** Its beginning, as text. */
  readonly body: string;
}
