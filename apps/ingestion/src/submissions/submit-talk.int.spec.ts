import { FUNCTION_KEY, PUBLIC_URL, RunningIngestion } from '../testing/running-ingestion';

const talk = {
  speaker: { name: 'Ada Lovelace', email: 'ada@example.com', bio: 'Writes programs.', country: 'GB' },
  title: 'Notes on the Engine',
  description: 'What a machine can do.',
  track: 'Backend',
};
const elsewhere = { 'x-forwarded-for': '203.0.113.9' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
});
afterAll(() => ingestion.stop());

const submit = (body: unknown, headers: Record<string, string> = {}) =>
  ingestion.post('/api/submit', body, headers);
const idOf = async (answer: Response) => ((await answer.json()) as { id: string }).id;

describe('submitting a talk', () => {
  it('starts ProcessSubmission and says where to poll, every 20 seconds', async () => {
    const answer = await submit({ id: 'talk-7', ...talk, approval: { quorum: 2 } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '20']);
    const id = await idOf(answer.clone());
    expect(await answer.json()).toEqual({ id, statusUri: `${PUBLIC_URL}/api/status/${id}` });
    expect(answer.headers.get('location')).toBe(`${PUBLIC_URL}/api/status/${id}`);
    expect(answer.headers.get('operation-location')).toBe(`${PUBLIC_URL}/api/operations/${id}`);
    expect(await ingestion.inputs(id)).toMatchObject([
      {
        body: {
          type: 'started',
          workflow: 'ProcessSubmission',
          input: { id: 'talk-7', ...talk, approval: { quorum: 2 } },
        },
      },
    ]);
  });

  it('is the same as starting it by its name', async () => {
    const answer = await ingestion.post('/api/orchestrators/ProcessSubmission', talk);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '20']);
  });

  it('is repeated safely with an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'talk-7' };
    const first = await idOf(await submit(talk, headers));
    expect(await idOf(await submit(talk, headers))).toBe(first);
    expect(await ingestion.inputs(first)).toHaveLength(1);
    expect((await submit({ ...talk, title: 'Another' }, headers)).status).toBe(422);
  });
});

describe('a talk that is refused', () => {
  let before: string[];
  beforeEach(async () => void (before = await ingestion.storedSubjects()));
  afterEach(async () => expect(await ingestion.storedSubjects()).toEqual(before));

  it('names every field that is wrong', async () => {
    const { bio: _, ...speaker } = talk.speaker;
    const answer = await submit({ ...talk, speaker: { ...speaker, email: 'ada' }, track: 7, colour: 'red' });
    const { errors } = (await answer.json()) as { errors: { field: string }[] };
    expect([answer.status, new Set(errors.map(({ field }) => field))]).toEqual([
      400,
      new Set(['speaker.email', 'speaker.bio', 'track', 'colour']),
    ]);
  });

  it.each([
    ['nothing', '', 400],
    ['no JSON', '{"title":', 400],
    ['a list', '[]', 400],
    ['no speaker', { ...talk, speaker: undefined }, 400],
    [
      'a policy that nobody can meet',
      { ...talk, approval: { approvers: { users: ['U1'] }, quorum: 2 } },
      400,
    ],
    ['too much', { ...talk, description: 'x'.repeat(300_000) }, 413],
  ])('%s', async (_, body, status) => expect((await submit(body)).status).toBe(status));

  it('as a form', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await submit('title=x', type)).status).toBe(415);
  });

  it('from elsewhere without a key, or with one for something else', async () => {
    expect((await submit(talk, elsewhere)).status).toBe(401);
    expect((await submit(talk, { ...elsewhere, 'x-functions-key': FUNCTION_KEY })).status).toBe(403);
  });
});
