/**
 * Block Kit as far as the stand-in knows it, with the limits that Slack enforces
 * (docs.slack.dev/reference/block-kit/blocks). Whatever is not listed here is refused.
 */
import { randomBytes } from 'node:crypto';
import { SlackError } from './slack-error';

export interface TextObject {
  readonly type: 'plain_text' | 'mrkdwn';
  readonly text: string;
}

export interface Image {
  readonly type: 'image';
  readonly image_url: string;
  readonly alt_text: string;
  readonly title?: TextObject;
}

export interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: TextObject;
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary' | 'danger';
}

export type Block = { readonly block_id: string } & (
  | {
      readonly type: 'section';
      readonly text?: TextObject;
      readonly fields?: readonly TextObject[];
      readonly accessory?: Button | Image;
    }
  | { readonly type: 'header'; readonly text: TextObject }
  | { readonly type: 'divider' }
  | { readonly type: 'context'; readonly elements: readonly (TextObject | Image)[] }
  | { readonly type: 'actions'; readonly elements: readonly Button[] }
  | Image
);

/** All buttons of a message, with the block that each is in. */
export function buttonsOf(blocks: readonly Block[]): { button: Button; blockId: string }[] {
  return blocks.flatMap((block) => {
    const elements: readonly (Button | Image)[] =
      block.type === 'actions'
        ? block.elements
        : block.type === 'section' && block.accessory
          ? [block.accessory]
          : [];
    return elements.flatMap((button) =>
      button.type === 'button' ? [{ button, blockId: block.block_id }] : [],
    );
  });
}

/**
 * Checks blocks as `chat.postMessage` does and gives ids to blocks and buttons that have none.
 * Throws SlackError `invalid_blocks`, with a JSON pointer to every fault.
 */
export function parseBlocks(blocks: unknown): Block[] {
  const faults: string[] = [];
  const check = new BlockCheck((message, pointer) => faults.push(`${message} [json-pointer:${pointer}]`));
  const checked = check.blocks(blocks);
  if (faults.length > 0) throw new SlackError('invalid_blocks', faults);
  return checked as Block[];
}

type Fields = Record<string, unknown>;
type Report = (message: string, pointer: string) => void;
type Check = (value: unknown, pointer: string) => unknown;

const randomId = () => randomBytes(4).toString('base64url');
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Each check reports faults and returns the value with the ids filled in. */
class BlockCheck {
  private readonly types: Record<string, Record<string, Check>> = {
    section: {
      text: this.text(3000),
      fields: this.list(10, this.text(2000)),
      accessory: (v, p) => this.element(v, p),
    },
    header: { text: this.text(150, ['plain_text']) },
    divider: {},
    context: { elements: this.list(10, (v, p) => this.contextElement(v, p)) },
    actions: { elements: this.list(25, (v, p) => this.element(v, p, ['button'])) },
    image: { ...this.imageFields() },
  };
  private readonly required: Record<string, readonly string[]> = {
    header: ['text'],
    context: ['elements'],
    actions: ['elements'],
    image: ['image_url', 'alt_text'],
    button: ['text'],
  };

  constructor(private readonly report: Report) {}

  blocks(value: unknown): unknown {
    if (!Array.isArray(value)) return this.fault('must be an array', '/blocks');
    if (value.length > 50) return this.fault('no more than 50 items allowed', '/blocks');
    const blocks = value.map((block: unknown, i) => this.block(block, `/blocks/${i}`));
    const ids = blocks.map((block) => (isFields(block) ? block['block_id'] : undefined));
    ids.forEach((id, i) => {
      if (id !== undefined && ids.indexOf(id) < i)
        this.report(`block_id "${String(id)}" already exists`, `/blocks/${i}/block_id`);
    });
    return blocks;
  }

  private block(value: unknown, pointer: string): unknown {
    if (!isFields(value)) return this.fault('must be an object', pointer);
    const type = String(value['type']);
    const fields = Object.hasOwn(this.types, type) ? this.types[type] : undefined;
    if (fields === undefined) return this.fault(`unsupported type: ${type}`, `${pointer}/type`);
    if (type === 'section' && value['text'] === undefined && value['fields'] === undefined) {
      this.report('missing required field: text or fields', pointer);
    }
    return {
      block_id: randomId(),
      ...this.object(value, pointer, { block_id: this.string(255), ...fields }),
    };
  }

  /** The object's own fields, none missing, none unknown. */
  private object(value: Fields, pointer: string, fields: Record<string, Check>): Fields {
    for (const name of this.required[String(value['type'])] ?? []) {
      if (value[name] === undefined) this.report(`missing required field: ${name}`, pointer);
    }
    const entries = Object.entries(value).map(([name, field]): [string, unknown] => {
      if (name === 'type') return [name, field];
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined) this.report(`invalid additional property: ${name}`, pointer);
      return [name, check?.(field, `${pointer}/${name}`)];
    });
    return Object.fromEntries(entries);
  }

  private element(
    value: unknown,
    pointer: string,
    allowed: readonly string[] = ['button', 'image'],
  ): unknown {
    if (!isFields(value)) return this.fault('must be an object', pointer);
    const type = String(value['type']);
    if (!allowed.includes(type)) return this.fault(`unsupported type: ${type}`, `${pointer}/type`);
    if (type === 'image') return this.object(value, pointer, this.imageFields());
    const style: Check = (v, p) =>
      v === 'primary' || v === 'danger' ? v : this.fault('must be primary or danger', p);
    return {
      action_id: randomId(),
      ...this.object(value, pointer, {
        action_id: this.string(255),
        text: this.text(75, ['plain_text']),
        value: this.string(2000),
        url: this.string(3000),
        accessibility_label: this.string(75),
        style,
      }),
    };
  }

  private contextElement(value: unknown, pointer: string): unknown {
    const isImage = isFields(value) && value['type'] === 'image';
    return isImage ? this.element(value, pointer) : this.text(3000)(value, pointer);
  }

  private imageFields(): Record<string, Check> {
    return {
      image_url: this.string(3000),
      alt_text: this.string(2000),
      title: this.text(2000, ['plain_text']),
    };
  }

  private list(max: number, item: Check): Check {
    return (value, pointer) => {
      if (!Array.isArray(value)) return this.fault('must be an array', pointer);
      if (value.length === 0) return this.fault('must have at least 1 item', pointer);
      if (value.length > max) return this.fault(`no more than ${max} items allowed`, pointer);
      return value.map((each: unknown, i) => item(each, `${pointer}/${i}`));
    };
  }

  private text(max: number, allowed: readonly string[] = ['plain_text', 'mrkdwn']): Check {
    return (value, pointer) => {
      if (!isFields(value)) return this.fault('must be an object', pointer);
      const type = String(value['type']);
      if (!allowed.includes(type)) this.report(`must be one of: ${allowed.join(', ')}`, `${pointer}/type`);
      const flag: Check = (v, p) => (typeof v === 'boolean' ? v : this.fault('must be a boolean', p));
      if (value['text'] === undefined) this.report('missing required field: text', pointer);
      return this.object(value, pointer, {
        text: this.string(max),
        ...(type === 'mrkdwn' ? { verbatim: flag } : { emoji: flag }),
      });
    };
  }

  private string(max: number): Check {
    return (value, pointer) => {
      if (typeof value !== 'string') return this.fault('must be a string', pointer);
      if (value.length === 0) return this.fault('must be more than 0 characters', pointer);
      if (value.length > max) return this.fault(`must be less than ${max + 1} characters`, pointer);
      return value;
    };
  }

  private fault(message: string, pointer: string): undefined {
    this.report(message, pointer);
    return undefined;
  }
}
