import { html, type Html } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { Devices, type PushRecord } from '../fcm/devices';
import { clockTime, SHOWN, type Card, type Column } from './column';

/** Pushes that one device shows. */
const SHOWN_PUSHES = 12;
/** The stage of an order that asks the customer. */
const ASKS = 'processing';

@Injectable()
export class DeviceColumn implements Column {
  readonly target = 'fcm';
  readonly newest = 'first';
  readonly empty = {
    title: 'No pushes yet',
    text: 'Order something above. Every stage is pushed to the device, which is asked to accept a change.',
  };

  readonly form = html`<form class="raise" data-do="order" data-testid="order-form">
    <label for="item">Order from a device</label>
    <input id="item" name="item" required maxlength="200" value="Espresso machine" data-testid="order-item" />
    <div class="row">
      <input
        name="regId"
        aria-label="Registration of the device"
        title="Registration of the device"
        required
        maxlength="200"
        autocomplete="off"
        value="annas-phone"
        data-testid="order-device"
      />
      <button type="submit" class="primary" data-testid="order-submit">Order</button>
    </div>
  </form>`;

  constructor(private readonly devices: Devices) {}

  heading(): Html {
    const count = new Set(this.devices.list().map(({ token }) => token)).size;
    return html`<span class="mark" aria-hidden="true">▯</span>
      <div>
        <h2>Devices</h2>
        <p>${count === 0 ? 'pushes by Firebase Cloud Messaging' : `${count} with pushes`}</p>
      </div>`;
  }

  /** One for each device, with the newest push first. */
  cards(): Card[] {
    const byToken = Map.groupBy(this.devices.list().toReversed(), ({ token }) => token);
    return [...byToken].slice(0, SHOWN).map(([token, pushes]) => ({
      id: `device-${Buffer.from(token).toString('base64url')}`,
      markup: this.phone(token, pushes),
    }));
  }

  private phone(token: string, pushes: readonly PushRecord[]): Html {
    const isRegistered = this.devices.isRegistered(token);
    const shown = onScreen(pushes).slice(0, SHOWN_PUSHES);
    return html`<article class="phone" data-testid="device" data-token="${token}">
      <header><span class="token" title="${token}">${token}</span></header>
      ${shown.map((push) => pushCard(push, isOpen(push, pushes)))}
      <footer>
        ${
          isRegistered
            ? html`<button type="button" data-do="unregister" data-token="${token}">Remove the app</button>`
            : 'The app was removed: not registered any more'
        }
      </footer>
    </article>`;
  }
}

/** A push takes the place of an earlier one with its tag. */
const onScreen = (pushes: readonly PushRecord[]) =>
  pushes.filter(({ tag }, i) => tag === undefined || pushes.findIndex((other) => other.tag === tag) === i);

/** It asks, and nothing was answered or pushed since. */
function isOpen(push: PushRecord, pushes: readonly PushRecord[]): boolean {
  const { stage, orderId } = push.data;
  if (stage !== ASKS || orderId === undefined) return false;
  const isAnswered = (push.answered?.answer.status ?? 0) === 202;
  return !isAnswered && pushes.find(({ data }) => data['orderId'] === orderId)?.data['stage'] === ASKS;
}

function pushCard(push: PushRecord, open: boolean): Html {
  const { name, at, title, body, data, answered } = push;
  const id = name.split('/').at(-1) ?? '';
  const { orderId } = data;
  return html`<section class="push" data-testid="push" data-stage="${data['stage'] ?? ''}">
    <p class="push-head"><strong>${title ?? 'Data only'}</strong><time>${clockTime(new Date(at))}</time></p>
    ${body !== undefined && html`<p>${body}</p>`}
    ${open && html`<p class="push-actions">${answerButton(id, true)} ${answerButton(id, false)}</p>`}
    ${answered && html`<p class="press ${answered.answer.status === 202 ? 'good' : 'bad'}">${answerText(answered)}</p>`}
    ${
      orderId !== undefined &&
      html`<a class="status-link" href="/api/status/${encodeURIComponent(orderId)}" target="_blank"
        >Status of this order ↗</a
      >`
    }
  </section>`;
}

const answerButton = (push: string, approved: boolean): Html =>
  html`<button
    type="button"
    data-do="answer"
    data-push="${push}"
    data-approved="${String(approved)}"
    data-testid="${approved ? 'push-accept' : 'push-decline'}"
  >
    ${approved ? 'Accept' : 'Decline'}
  </button>`;

function answerText({ approved, answer }: NonNullable<PushRecord['answered']>): string {
  const said = approved ? 'Accepted' : 'Declined';
  return answer.status === 202 ? said : `${said}, but not taken: ${answer.status || answer.body}`;
}
