import type { Html } from '@countersign/service';
import type { FaultTarget } from '../control/fault-board';

export interface Card {
  /** Unique on the page, stable over changes; becomes the element's id. */
  readonly id: string;
  readonly markup: Html;
}

/** One of the systems that the page shows side by side. To add another is to provide one more of these. */
export interface Column {
  readonly target: FaultTarget;
  /** What stands in the column's head. */
  heading(): Html;
  /** Stands above the cards, does not change. */
  readonly form?: Html;
  /** Top to bottom. */
  cards(): Card[];
  /** Shown while there are no cards. */
  readonly empty: { readonly title: string; readonly text: string };
  /** A chat grows downwards and is kept scrolled to its end. */
  readonly newest: 'first' | 'last';
}

export const COLUMNS = Symbol('columns');

/** Cards that a column shows; the control API lists all. */
export const SHOWN = 50;

/** `10:42` or, on another day, `3 Mar 10:42`. */
export function clockTime(date: Date, now = new Date()): string {
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}
