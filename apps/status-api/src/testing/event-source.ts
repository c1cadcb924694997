export interface ReceivedEvent {
  readonly type: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** A client of server-sent events that reads as fast, or as slowly, as the spec wants. */
export class EventSource {
  private text = '';
  /** Everything that came, comments included. */
  raw = '';
  private readonly reader: ReadableStreamDefaultReader<string>;

  private constructor(
    readonly response: Response,
    private readonly aborter: AbortController,
  ) {
    if (response.body === null) throw new Error(`There is no stream: ${response.status}`);
    this.reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string, lastEventId?: string): Promise<EventSource> {
    const aborter = new AbortController();
    const headers = lastEventId === undefined ? undefined : { 'last-event-id': lastEventId };
    return new EventSource(await fetch(url, { headers, signal: aborter.signal }), aborter);
  }

  /** The next event, comments passed over; undefined at the end of the stream. */
  async next(): Promise<ReceivedEvent | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const lines = this.text.slice(0, end).split('\n');
        this.text = this.text.slice(end + 2);
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const [type, id, data] = [field('event') ?? 'message', field('id') ?? '', field('data')];
        if (data !== undefined) return { type, id, data: JSON.parse(data) as Record<string, unknown> };
      } else {
        const { value, done } = await this.reader.read();
        if (done) return undefined;
        this.text += value;
        this.raw += value;
      }
    }
  }

  async rest(): Promise<ReceivedEvent[]> {
    const events: ReceivedEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  abort(): void {
    this.aborter.abort();
  }
}
