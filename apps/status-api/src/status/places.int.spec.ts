/** How many clients may be kept waiting. */
import { Deployment } from '../testing/running-status';

let deployment: Deployment;
afterEach(() => deployment.stop());

const started = async (settings: Record<string, string>) => {
  deployment = await Deployment.start(settings);
  await deployment.begin('waiting');
};

/** Behind a proxy that names the client. */
const from = (address: string) => ({ 'x-forwarded-for': address });

/** A client that is kept waiting, once it is. */
async function held(address = '192.0.2.1') {
  const leave = new AbortController();
  const url = `${deployment.url}/api/status/waiting/events`;
  const stream = await fetch(url, { headers: from(address), signal: leave.signal });
  expect(stream.status).toBe(200);
  return leave;
}

const poll = (address = '192.0.2.1', wait = '?wait=1') => deployment.ask('waiting', from(address), wait);

it('one address may wait so often, and is told so; who does not wait is answered', async () => {
  await started({ MAX_WAITS_PER_ADDRESS: '2', TRUSTED_PROXIES: '127.0.0.1' });
  await held();
  const second = await held();
  const refused = await poll();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  expect(await refused.json()).toMatchObject({ title: 'Too Many Requests', status: 429 });
  expect((await deployment.ask('waiting', { ...from('192.0.2.1'), prefer: 'wait=1' })).status).toBe(429);
  const stream = await fetch(`${deployment.url}/api/status/waiting/events`, { headers: from('192.0.2.1') });
  expect(stream.status).toBe(429);
  expect((await poll('192.0.2.1', '')).status).toBe(202);
  expect((await poll('192.0.2.2')).status).toBe(202);

  second.abort();
  // The place is free as soon as the server has seen the client go.
  for (let status = 429; status !== 202;) status = (await poll()).status;
});

it('all together may wait so often, whoever they are; a poll that was answered leaves its place', async () => {
  await started({ MAX_WAITS: '2', TRUSTED_PROXIES: '127.0.0.1' });
  await held('192.0.2.1');
  for (const address of ['192.0.2.2', '192.0.2.3']) expect((await poll(address)).status).toBe(202);
  await held('192.0.2.2');
  const refused = await poll('192.0.2.3');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
});
