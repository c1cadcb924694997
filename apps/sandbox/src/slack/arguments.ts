import { parseBlocks, parseView } from './block-check';
import type { Block } from './blocks';
import type { Content, Metadata } from './events';
import { SlackError } from './slack-error';
import type { ViewDefinition } from './view-definition';

/** Longest text of a message; Slack cuts what is longer. */
const MAX_TEXT = 40_000;

/**
 * Arguments of a Web API call. They come as JSON or, from the SDK, as a form whose structured
 * values are JSON texts; this hides the difference.
 */
export class SlackArguments {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  /** Empty counts as absent. */
  text(name: string): string | undefined {
    const value = this.values[name];
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  required(name: string, error = 'invalid_arguments'): string {
    const value = this.text(name);
    if (value === undefined) throw new SlackError(error, [`missing required field: ${name}`]);
    return value;
  }

  flag(name: string): boolean {
    return ['true', '1'].includes(this.text(name) ?? '');
  }

  count(name: string, fallback: number, max: number): number {
    const value = Number(this.text(name) ?? fallback);
    if (!Number.isInteger(value) || value < 1) throw new SlackError('invalid_limit');
    return Math.min(value, max);
  }

  /** `undefined` when the call does not mention blocks. */
  blocks(): Block[] | undefined {
    const value = this.structured('blocks', 'invalid_blocks_format');
    return value === undefined ? undefined : parseBlocks(value);
  }

  /** What the message says from now on; what the call does not mention stays as in `before`. */
  content(before?: Content): Content {
    const text = this.text('text')?.slice(0, MAX_TEXT);
    const blocks = this.blocks();
    if (text === undefined && (blocks ?? []).length === 0) throw new SlackError('no_text');
    const metadata = this.metadata(before?.metadata);
    return {
      text: text ?? before?.text ?? '',
      blocks: blocks ?? before?.blocks ?? [],
      ...(metadata === undefined ? {} : { metadata }),
    };
  }

  /** Throws SlackError `invalid_arguments`. */
  view(): ViewDefinition {
    return parseView(this.structured('view', 'invalid_arguments'));
  }

  private metadata(before: Metadata | undefined): Metadata | undefined {
    const value = this.structured('metadata', 'invalid_metadata_format');
    if (value === undefined) return before;
    if (typeof value !== 'object' || value === null) throw new SlackError('invalid_metadata_format');
    if (Object.keys(value).length === 0) return undefined;
    if (isMetadata(value)) return value;
    throw new SlackError('invalid_metadata_schema', [
      'event_type (text) and event_payload (object) are required',
    ]);
  }

  private structured(name: string, error: string): unknown {
    const value = this.values[name];
    if (typeof value !== 'string') return value;
    if (value === '') return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw new SlackError(error);
    }
  }
}

function isMetadata(value: object): value is Metadata {
  if (!('event_type' in value) || !('event_payload' in value)) return false;
  const { event_type: type, event_payload: payload } = value;
  return (
    typeof type === 'string' &&
    type !== '' &&
    typeof payload === 'object' &&
    payload !== null &&
    !Array.isArray(payload)
  );
}
