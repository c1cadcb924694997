/** A refusal in Slack's own words: HTTP 200 with `{ok: false, error}`. */
export class SlackError extends Error {
  constructor(
    /** One of the error strings in the method's documentation. */
    readonly error: string,
    /** For developers: what exactly is wrong. */
    readonly messages: readonly string[] = [],
  ) {
    super(error);
  }

  get body(): object {
    if (this.messages.length === 0) return { ok: false, error: this.error };
    const messages = this.messages.map((message) => `[ERROR] ${message}`);
    return { ok: false, error: this.error, errors: this.messages, response_metadata: { messages } };
  }
}
