/** The limits that Slack enforces on blocks and dialogs. Whatever is not listed here is refused. */
import { randomBytes } from 'node:crypto';
import type { Block } from './blocks';
import { SlackError } from './slack-error';
import type { ViewDefinition } from './view-definition';

/**
 * Checks blocks as `chat.postMessage` does and gives ids to blocks and buttons that have none.
 * Throws SlackError `invalid_blocks`, with a JSON pointer to every fault.
 */
export function parseBlocks(blocks: unknown): Block[] {
  const faults: string[] = [];
  const check = new BlockCheck((message, pointer) => faults.push(`${message} [json-pointer:${pointer}]`));
  const checked = check.blocks(blocks, '/blocks', MESSAGE);
  if (faults.length > 0) throw new SlackError('invalid_blocks', faults);
  return checked as Block[];
}

/** Checks a dialog as `views.open` does. Throws SlackError `invalid_arguments`, with a JSON pointer to every fault. */
export function parseView(view: unknown): ViewDefinition {
  const faults: string[] = [];
  const check = new BlockCheck((message, pointer) => faults.push(`${message} [json-pointer:${pointer}]`));
  const checked = check.view(view);
  if (faults.length > 0) throw new SlackError('invalid_arguments', faults);
  return checked as ViewDefinition;
}

/** Where blocks are: what may be there, and how many. */
interface Surface {
  readonly most: number;
  readonly inputs: boolean;
}
const MESSAGE: Surface = { most: 50, inputs: false };
const MODAL: Surface = { most: 100, inputs: true };

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
    input: {
      label: this.text(2000, ['plain_text']),
      element: (v, p) => this.textInput(v, p),
      hint: this.text(2000, ['plain_text']),
      optional: this.kind('boolean'),
    },
  };
  private readonly required: Record<string, readonly string[]> = {
    header: ['text'],
    context: ['elements'],
    actions: ['elements'],
    image: ['image_url', 'alt_text'],
    button: ['text'],
    input: ['label', 'element'],
    modal: ['title', 'blocks'],
  };

  constructor(private readonly report: Report) {}

  blocks(value: unknown, pointer: string, { most, inputs }: Surface): unknown {
    if (!Array.isArray(value)) return this.fault('must be an array', pointer);
    if (value.length > most) return this.fault(`no more than ${most} items allowed`, pointer);
    const blocks = value.map((block: unknown, i) => {
      const isInput = isFields(block) && block['type'] === 'input';
      if (isInput && !inputs) this.report('unsupported type: input', `${pointer}/${i}/type`);
      return this.block(block, `${pointer}/${i}`);
    });
    const ids = blocks.map((block) => (isFields(block) ? block['block_id'] : undefined));
    ids.forEach((id, i) => {
      if (id !== undefined && ids.indexOf(id) < i)
        this.report(`block_id "${String(id)}" already exists`, `${pointer}/${i}/block_id`);
    });
    return blocks;
  }

  view(value: unknown): unknown {
    if (!isFields(value)) return this.fault('must be an object', '/view');
    if (value['type'] !== 'modal') return this.fault('must be modal', '/view/type');
    const blocks: unknown = value['blocks'];
    const asks =
      Array.isArray(blocks) && blocks.some((block) => isFields(block) && block['type'] === 'input');
    if (asks && value['submit'] === undefined) this.report('missing required field: submit', '/view');
    const short = this.text(24, ['plain_text']);
    return this.object(value, '/view', {
      title: short,
      submit: short,
      close: short,
      blocks: (v, p) => this.blocks(v, p, MODAL),
      callback_id: this.string(255),
      private_metadata: this.string(3000),
      clear_on_close: this.kind('boolean'),
      notify_on_close: this.kind('boolean'),
    });
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

  private textInput(value: unknown, pointer: string): unknown {
    if (!isFields(value)) return this.fault('must be an object', pointer);
    const type = String(value['type']);
    if (type !== 'plain_text_input') return this.fault(`unsupported type: ${type}`, `${pointer}/type`);
    return {
      action_id: randomId(),
      ...this.object(value, pointer, {
        action_id: this.string(255),
        multiline: this.kind('boolean'),
        initial_value: this.string(3000),
        placeholder: this.text(150, ['plain_text']),
        min_length: this.kind('number'),
        max_length: this.kind('number'),
        focus_on_load: this.kind('boolean'),
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
      const flag = this.kind('boolean');
      if (value['text'] === undefined) this.report('missing required field: text', pointer);
      return this.object(value, pointer, {
        text: this.string(max),
        ...(type === 'mrkdwn' ? { verbatim: flag } : { emoji: flag }),
      });
    };
  }

  private kind(type: 'boolean' | 'number'): Check {
    return (value, pointer) => (typeof value === type ? value : this.fault(`must be a ${type}`, pointer));
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
