/** Block Kit as far as the stand-in knows it (docs.slack.dev/reference/block-kit/blocks). */

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

export interface TextInput {
  readonly type: 'plain_text_input';
  readonly action_id: string;
  readonly multiline?: boolean;
  readonly initial_value?: string;
  readonly placeholder?: TextObject;
  readonly min_length?: number;
  readonly max_length?: number;
}

/** In dialogs only. */
export interface InputBlock {
  readonly type: 'input';
  readonly label: TextObject;
  readonly element: TextInput;
  readonly hint?: TextObject;
  readonly optional?: boolean;
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
  | InputBlock
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
