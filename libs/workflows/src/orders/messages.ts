/** What the customer reads on the device. */
import type { OrderItem, OrderStage } from '@countersign/contracts';

/** What the messages tell of an order. */
export interface Facts {
  readonly items: readonly OrderItem[];
  /** ISO 8601: until when the customer can answer. */
  readonly dueAt: string;
}

interface Message {
  readonly title: string;
  readonly body: string;
}

/** Items that one message names. */
const NAMED = 3;

export function messageOf(stage: OrderStage, { items, dueAt }: Facts): Message {
  const until = readable(dueAt);
  switch (stage) {
    case 'received':
      return { title: 'Order received', body: `We have received your order${listed(items)}.` };
    case 'processing':
      return {
        title: 'Please confirm your order',
        body: `Your order has changed. Please accept the change by ${until}, or decline it.`,
      };
    case 'finished':
      return { title: 'Order finished', body: 'Thank you. Your order is finished.' };
    case 'declined':
      return {
        title: 'Order declined',
        body: 'You have declined the change. Your order is not carried out.',
      };
    case 'expired':
      return {
        title: 'Order expired',
        body: `You did not answer by ${until}. Your order is not carried out.`,
      };
  }
}

function listed(items: readonly OrderItem[]): string {
  if (items.length === 0) return '';
  const named = items.slice(0, NAMED).map(({ name, quantity }) => `${quantity} × ${name}`);
  const more = items.length > NAMED ? [`${items.length - NAMED} more`] : [];
  return `: ${[...named, ...more].join(', ')}`;
}

/** `2030-01-02 03:04 UTC` */
const readable = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
