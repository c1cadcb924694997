/** Decisions about files over HTTP; the spec plays the coordinator. */
import { type FileStatus } from '@countersign/contracts';
import type { AppliedInput } from '@countersign/workflow';
import { fileIn, stepOf, waiting } from '../../testing/files';
import { FUNCTION_KEY, HOST_KEY, PUBLIC_URL, RunningIngestion } from '../../testing/running-ingestion';

const elsewhere = { 'x-forwarded-for': '203.0.113.9' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
});
afterAll(() => ingestion.stop());

const decide = (path: string, body: unknown = '', headers: Record<string, string> = {}) =>
  ingestion.post(`/api/${path}`, body, headers);
/** Writes the step in which a coordinator takes the next input of an instance. */
async function judge(
  id: string,
  status: (click: string) => FileStatus,
  outcome: AppliedInput['outcome'] = 'applied',
) {
  const [, input] = await ingestion.inputsOf(id, 2);
  const data = input?.body.type === 'event' ? (input.body.data as { id: string }) : { id: '' };
  const inputs = [{ seq: input?.seq ?? 0, at: 0, outcome }];
  await ingestion.writeStep(id, stepOf(status(data.id), { inputs }));
}

describe('a decision about a file', () => {
  it.each([
    ['approve/', 'UploadApproved', true],
    ['reject/', 'UploadApproved', false],
    ['approve/download/', 'DownloadApproved', true],
    ['reject/download/', 'DownloadApproved', false],
  ])('through %s raises %s', async (path, event, approved) => {
    const stage = path.includes('download') ? 'awaiting-download-approval' : 'awaiting-upload-approval';
    const id = await fileIn(ingestion, stage);
    const answer = decide(path + id, { by: 'Anna', reason: ' because ' });
    const decision = (click: string) =>
      ({ id: click, action: 'approve', by: { id: 'http', name: 'Anna' }, at: '' }) as const;
    await judge(id, (click) => ({
      stage,
      name: 'a.txt',
      approval: { ...waiting, decision: decision(click) },
    }));
    expect((await answer).status).toBe(202);
    expect((await answer).headers.get('location')).toBe(`${PUBLIC_URL}/api/status/${id}`);
    expect((await ingestion.inputs(id))[1]?.body).toMatchObject({
      type: 'event',
      name: event,
      data: {
        approved,
        by: { id: 'http', name: 'Anna' },
        reason: 'because',
        id: expect.stringMatching(/^[-0-9a-f]{36}$/),
      },
    });
  });

  it('is by the name of the key, whatever the body says', async () => {
    const id = await fileIn(ingestion, 'awaiting-upload-approval');
    const answer = decide(`approve/${id}`, { by: 'Ben' }, { 'x-functions-key': HOST_KEY });
    await judge(id, () => ({ stage: 'analysing', name: 'a.txt' }));
    expect((await ingestion.inputs(id))[1]?.body).toMatchObject({
      data: { by: { id: 'key:platform', name: 'platform' } },
    });
    expect((await answer).status).toBe(202);
  });

  it('is refused with the reason when the policy does not allow it', async () => {
    const id = await fileIn(ingestion, 'awaiting-upload-approval');
    const answer = decide(`approve/${id}`);
    await judge(id, (click) => ({
      stage: 'awaiting-upload-approval',
      name: 'a.txt',
      approval: {
        ...waiting,
        refusals: [
          {
            id: click,
            action: 'approve',
            by: { id: 'http', name: 'x' },
            channel: 'http',
            at: '',
            refused: 'unidentified',
          },
        ],
      },
    }));
    expect([(await answer).status, await (await answer).json()]).toEqual([
      403,
      expect.objectContaining({ code: 'unidentified', detail: expect.stringContaining('key') }),
    ]);
  });

  it.each(['received', 'awaiting-upload-approval', 'analysing'] as const)(
    'on the download is kept while the file is %s',
    async (stage) => {
      const id = await fileIn(ingestion, stage);
      const answer = decide(`approve/download/${id}`);
      await judge(id, () => ({ stage, name: 'a.txt' }), 'buffered');
      expect((await answer).status).toBe(202);
    },
  );

  it('is stored for a workflow that has not begun', async () => {
    const id = await fileIn(ingestion, undefined);
    const answer = decide(`approve/${id}`);
    await judge(id, () => ({ stage: 'received', name: 'a.txt' }), 'buffered');
    expect((await answer).status).toBe(202);
  });

  it.each([
    ['approve/', 'analysing'],
    ['reject/', 'awaiting-download-approval'],
    ['approve/', 'available'],
    ['approve/download/', 'available'],
    ['reject/download/', 'refused'],
    ['approve/download/', 'expired'],
  ] as const)('through %s makes no sense when the file is %s', async (path, stage) => {
    const id = await fileIn(ingestion, stage);
    const answer = await decide(path + id);
    expect([answer.status, await answer.json()]).toEqual([409, expect.objectContaining({ stage })]);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('that another one was faster than is told so', async () => {
    const id = await fileIn(ingestion, 'awaiting-upload-approval');
    const answer = decide(`approve/${id}`);
    await judge(id, () => ({ stage: 'analysing', name: 'a.txt' }), 'buffered');
    expect((await answer).status).toBe(409);
  });

  it('about no file is refused', async () => {
    const { id } = await ingestion.waitingApproval('no file');
    for (const other of ['unknown', encodeURIComponent(id), '%40x'])
      for (const path of ['approve/', 'reject/', 'approve/download/', 'reject/download/'])
        expect((await decide(path + other)).status).toBe(404);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('is for who may start the workflow', async () => {
    const id = await fileIn(ingestion, 'awaiting-upload-approval');
    expect((await decide(`approve/${id}`, '', elsewhere)).status).toBe(401);
    expect((await decide(`approve/${id}`, '', { 'x-functions-key': FUNCTION_KEY })).status).toBe(403);
    expect((await decide(`approve/${id}`, { approved: false })).status).toBe(400);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });
});
