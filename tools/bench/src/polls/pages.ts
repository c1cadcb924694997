import { MANAGEMENT_PREFIX } from '@countersign/contracts';
import type { Load, PollCommand } from '../protocol';
import { Window } from '../window';
import { Poller } from './poller';

const CONTINUATION = 'x-ms-continuation-token';

export async function pages({ api, query }: Extract<PollCommand, { kind: 'pages' }>): Promise<Load> {
  const poller = new Poller(api.managementUrl);
  const window = new Window();
  window.open();
  let listed = 0;
  for (let token: string | undefined = ''; token !== undefined;) {
    const started = performance.now();
    const { status, headers, body } = await poller.get(`${MANAGEMENT_PREFIX}/instances?${query}`, {
      'x-functions-key': api.systemKey,
      ...(token !== '' && { [CONTINUATION]: token }),
    });
    if (status !== 200) throw new Error(`A page was answered ${status}: ${body}`);
    window.completed(started);
    listed += (JSON.parse(body) as unknown[]).length;
    token = headers[CONTINUATION]?.toString();
  }
  window.close();
  await poller.close();
  return { ...window.load(), listed };
}
