/** A message that the mail server took. */
export interface Mail {
  /** The stand-in's own; the same message that was sent twice has two. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** Addresses of the envelope: who really sent it, and to whom. */
  readonly from: string;
  readonly to: string;
  /** Name of the sender, as the message gives it. */
  readonly fromName?: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** With its angle brackets (RFC 5322, section 3.6.4), as are those below. */
  readonly messageId?: string;
  readonly inReplyTo?: string;
  readonly references?: string;
}

export type MailEvent = { readonly kind: 'mail.received'; readonly mail: Mail };
