import type { Block, TextObject } from './blocks';

/** What an app says about a dialog. */
export interface ViewDefinition {
  readonly type: 'modal';
  readonly title: TextObject;
  readonly submit?: TextObject;
  readonly close?: TextObject;
  readonly blocks: readonly Block[];
  readonly callback_id?: string;
  /** The app's own; comes back with the submission. */
  readonly private_metadata?: string;
}
