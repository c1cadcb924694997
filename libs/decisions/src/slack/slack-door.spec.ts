import type { Decision } from '@countersign/contracts';
import { CodedError } from '@countersign/workflow';
import { Logger } from '@nestjs/common';
import type { ClosedApproval } from '../approval-state';
import type { Decisions } from '../decisions';
import type { StoredVerdict } from '../verdict';
import { SlackDoor } from './slack-door';

const subject = { description: 'Deploy', facts: [] };
const RESPONSE_URL = 'https://hooks.slack.com/actions/T1/1/x';
const press = {
  type: 'block_actions',
  user: { id: 'U1', name: 'Jane' },
  response_url: RESPONSE_URL,
  actions: [{ action_id: 'approve', value: 'the-token', action_ts: '1.2' }],
};
const submission = (reason: string) => ({
  type: 'view_submission',
  user: { id: 'U1', name: 'Jane' },
  view: {
    id: 'V1',
    callback_id: 'countersign_reason',
    private_metadata: 'the-token',
    state: { values: { reason: { reason: { value: reason } } } },
  },
});
const STORED: StoredVerdict = { kind: 'stored', id: 'i1', subject, action: 'approve' };
const USED: ClosedApproval = {
  kind: 'used',
  id: 'i1',
  subject,
  action: 'reject',
  by: { id: 'U2', name: 'A<d>a' },
  at: '2031-03-03T09:15:00.000Z',
};

let store: jest.Mock<Promise<StoredVerdict | ClosedApproval>, [string, Decision, string?]>;
let door: SlackDoor;
let told: jest.SpyInstance;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  store = jest.fn<ReturnType<typeof store>, Parameters<typeof store>>(() => Promise.resolve(STORED));
  door = new SlackDoor({ store } as unknown as Decisions);
  told = jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response());
});
afterEach(() => told.mockRestore());

describe('a press of a button', () => {
  it('is answered with nothing once it is stored', async () => {
    expect(await door.take(press)).toEqual({});
    expect(store.mock.calls).toEqual([
      ['the-token', expect.objectContaining({ action: 'approve' }), '["U1","1.2"]'],
    ]);
    expect(told).not.toHaveBeenCalled();
  });

  it('that comes too late is told to the person, and to nobody else', async () => {
    store.mockResolvedValue(USED);
    const words = {
      response_type: 'ephemeral',
      replace_original: false,
      text: expect.stringContaining('Rejected by A&lt;d&gt;a on'),
    };
    expect(await door.take(press)).toEqual(words);
    const [url, request] = told.mock.calls[0];
    expect([url, JSON.parse(request.body)]).toEqual([RESPONSE_URL, words]);
  });

  it('counts as refused also where the person cannot be told', async () => {
    store.mockResolvedValue(USED);
    told.mockRejectedValue(new Error('no route'));
    await expect(door.take(press)).resolves.toHaveProperty('response_type', 'ephemeral');
  });

  it('that cannot be stored is not answered', async () => {
    store.mockRejectedValue(new CodedError('StorageUnavailable', 'down', { retryable: true }));
    await expect(door.take(press)).rejects.toHaveProperty('code', 'StorageUnavailable');
  });

  it('that is not known to be stored within Slack’s time is not answered', async () => {
    jest.useFakeTimers();
    try {
      store.mockReturnValue(new Promise(() => {}));
      const answering = door.take(press);
      void jest.advanceTimersByTimeAsync(2500);
      await expect(answering).rejects.toHaveProperty('code', 'StorageUnavailable');
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a reason from the dialog', () => {
  it('closes the dialog once it is stored', async () => {
    expect(await door.take(submission('not today'))).toEqual({});
    expect(store.mock.calls[0]?.[1]).toMatchObject({ action: 'reject', reason: 'not today' });
  });

  it('that is blank is asked for again, and not stored', async () => {
    expect(await door.take(submission('  '))).toEqual({
      response_action: 'errors',
      errors: { reason: 'Please say why.' },
    });
    expect(store).not.toHaveBeenCalled();
  });

  it('that cannot be stored leaves the dialog open, with an error', async () => {
    store.mockRejectedValue(new CodedError('StorageUnavailable', 'down', { retryable: true }));
    expect(await door.take(submission('not today'))).toEqual({
      response_action: 'errors',
      errors: { reason: expect.stringContaining('could not be stored') },
    });
  });

  it('that comes too late is answered in the dialog', async () => {
    store.mockResolvedValue(USED);
    expect(await door.take(submission('not today'))).toEqual({
      response_action: 'errors',
      errors: { reason: expect.stringContaining('Rejected by A<d>a on') },
    });
  });
});

it('what is nothing of ours is answered and not stored', async () => {
  expect(await door.take({ ...press, actions: [{ action_id: 'open', value: 'x' }] })).toEqual({});
  expect(store).not.toHaveBeenCalled();
});
