/** The three activities on a real table (Azurite). */
import { randomBytes } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import type { ClaimToken, SavedToken } from '@countersign/contracts';
import { hashToken, instanceOfToken, unseal } from '@countersign/service';
import { type Azurite, contextOf, startAzurite } from '@countersign/testing';
import { ClaimTokenHandler } from './claim-token';
import { TokenStoreConfig } from './config';
import { RevokeTokenHandler } from './revoke-token';
import { SaveTokenHandler } from './save-token';
import type { TokenRow } from './token-row';
import { TokenTable } from './token-table.client';

const INSTANCE = 'approval of DiPocket';
const TASK = { taskId: '8900', dueAt: '2030-01-02T03:04:05.000Z' };
const ADA = { id: 'U1', name: 'Ada' };

let azurite: Azurite;
let config: TokenStoreConfig;
let tokens: TokenTable;
let rows: TableClient;

beforeAll(async () => {
  azurite = await startAzurite();
  config = {
    tables: azurite.connectionString,
    tokenKey: randomBytes(32).toString('base64'),
  } as TokenStoreConfig;
  tokens = new TokenTable(config);
  rows = TableClient.fromConnectionString(azurite.connectionString, 'tokens', {
    allowInsecureConnection: true,
  });
});
afterAll(() => azurite.stop());

const save = (): Promise<SavedToken> => new SaveTokenHandler(tokens, config).save(TASK, contextOf(INSTANCE));
const decisionOn = (tokenHash: string): ClaimToken => ({
  ...TASK,
  tokenHash,
  decision: 'approve',
  by: ADA,
  at: '2030-01-01T00:00:00.000Z',
});
const claim = (tokenHash: string, n = 7, table = tokens) =>
  new ClaimTokenHandler(table).claim(decisionOn(tokenHash), contextOf(INSTANCE, n));
const revoke = (tokenHash: string, table = tokens) =>
  new RevokeTokenHandler(table).revoke({ ...TASK, tokenHash, reason: 'expired' }, contextOf(INSTANCE, 9));
const rowOf = async (tokenHash: string) => (await tokens.read(tokenHash))?.row;
const vanish = (tokenHash: string) => rows.deleteEntity('tokens', tokenHash);

/** A table on which something happens between reading a row and writing it, once. */
function interrupted(happens: () => Promise<unknown>): TokenTable {
  const table = new TokenTable(config);
  const read = table.read.bind(table);
  let once: (() => Promise<unknown>) | undefined = happens;
  table.read = async (hash, signal) => {
    const stored = await read(hash, signal);
    const act = once;
    once = undefined;
    await act?.();
    return stored;
  };
  return table;
}

/** A table on which the first `count` readers have all read before any of them writes. */
function readTogether(count: number): TokenTable {
  const table = new TokenTable(config);
  const read = table.read.bind(table);
  let release: () => void = () => undefined;
  const allHaveRead = new Promise<void>((resolve) => (release = resolve));
  let readers = 0;
  table.read = async (hash, signal) => {
    const stored = await read(hash, signal);
    if (++readers === count) release();
    await allHaveRead;
    return stored;
  };
  return table;
}

describe('tokens.save', () => {
  it('stores the hash, never the token, bound to its task and instance', async () => {
    const { tokenHash, sealedToken } = await save();
    const token = unseal(sealedToken, config.tokenKey);
    expect(hashToken(token)).toBe(tokenHash);
    expect(instanceOfToken(token)).toBe(INSTANCE);
    expect(await rowOf(tokenHash)).toEqual({
      TaskId: '8900',
      DueDate: new Date(TASK.dueAt),
      InstanceId: INSTANCE,
      State: 'Pending',
    });
    const entity = await rows.getEntity('tokens', tokenHash);
    expect(JSON.stringify(entity)).not.toContain(token.slice(0, 43));
  });

  it('makes another token on another attempt: nothing of it can be derived', async () => {
    const [one, two] = [await save(), await save()];
    expect(one.tokenHash).not.toBe(two.tokenHash);
  });
});

describe('tokens.claim', () => {
  it('records who decided what, and when', async () => {
    const { tokenHash } = await save();
    expect(await claim(tokenHash)).toEqual({ claimed: true });
    expect(await rowOf(tokenHash)).toEqual({
      TaskId: '8900',
      DueDate: new Date(TASK.dueAt),
      InstanceId: INSTANCE,
      State: 'Used',
      ClaimKey: `${INSTANCE}/1/7`,
      Decision: 'approve',
      DecidedBy: 'Ada (U1)',
      DecidedAt: new Date('2030-01-01T00:00:00.000Z'),
    });
  });

  it('has exactly one winner among 50 that claim at the same time with different keys', async () => {
    const { tokenHash } = await save();
    const table = readTogether(50);
    const claims = await Promise.all(Array.from({ length: 50 }, (_, n) => claim(tokenHash, n, table)));
    expect(claims.filter(({ claimed }) => claimed)).toHaveLength(1);
    const winner = claims.findIndex(({ claimed }) => claimed);
    expect((await rowOf(tokenHash))?.ClaimKey).toBe(`${INSTANCE}/1/${winner}`);
    expect(claims[(winner + 1) % 50]).toEqual({
      claimed: false,
      state: 'Used',
      decidedBy: 'Ada (U1)',
      decidedAt: '2030-01-01T00:00:00.000Z',
    });
  });

  it('hazard 15: wins again when its worker died after the row was written', async () => {
    const { tokenHash } = await save();
    expect(await claim(tokenHash, 7)).toEqual({ claimed: true });
    expect(await claim(tokenHash, 7)).toEqual({ claimed: true });
    expect(await claim(tokenHash, 8)).toMatchObject({ claimed: false, state: 'Used' });
  });

  it('hazard 15: wins when 20 attempts of the same claim run at once', async () => {
    const { tokenHash } = await save();
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim(tokenHash, 7)));
    expect(claims.every(({ claimed }) => claimed)).toBe(true);
  });

  it('hazard 15: wins when its own earlier write is seen only after it lost the compare-and-set', async () => {
    const { tokenHash } = await save();
    const table = interrupted(() => claim(tokenHash, 7));
    expect(await claim(tokenHash, 7, table)).toEqual({ claimed: true });
  });

  it('hazard 15: leaves it to the workflow whether the decision came in time', async () => {
    const late = { ...TASK, dueAt: '2001-01-01T00:00:00.000Z' };
    const { tokenHash } = await new SaveTokenHandler(tokens, config).save(late, contextOf(INSTANCE));
    expect(await claim(tokenHash)).toEqual({ claimed: true });
  });

  it('loses to a claim that comes between its read and its write', async () => {
    const { tokenHash } = await save();
    const table = interrupted(() => claim(tokenHash, 8));
    expect(await claim(tokenHash, 7, table)).toMatchObject({ claimed: false, state: 'Used' });
  });

  it('loses to a revocation, and says so', async () => {
    const { tokenHash } = await save();
    await revoke(tokenHash);
    expect(await claim(tokenHash)).toEqual({ claimed: false, state: 'Revoked' });
  });

  it('refuses to decide another task or another instance with this token', async () => {
    const { tokenHash } = await save();
    const handler = new ClaimTokenHandler(tokens);
    const error = { code: 'TokenOfAnotherTask', retryable: false };
    await expect(
      handler.claim({ ...decisionOn(tokenHash), taskId: '1' }, contextOf(INSTANCE)),
    ).rejects.toMatchObject(error);
    await expect(handler.claim(decisionOn(tokenHash), contextOf('another'))).rejects.toMatchObject(error);
    expect(await rowOf(tokenHash)).toMatchObject({ State: 'Pending' } satisfies Partial<TokenRow>);
  });
});

describe('a token whose row vanished', () => {
  it('is claimed by writing the row anew as used', async () => {
    const { tokenHash } = await save();
    await vanish(tokenHash);
    expect(await claim(tokenHash)).toEqual({ claimed: true });
    expect(await rowOf(tokenHash)).toMatchObject({ State: 'Used', TaskId: '8900', InstanceId: INSTANCE });
  });

  it('has exactly one winner among 50 claims', async () => {
    const { tokenHash } = await save();
    await vanish(tokenHash);
    const table = readTogether(50);
    const claims = await Promise.all(Array.from({ length: 50 }, (_, n) => claim(tokenHash, n, table)));
    expect(claims.filter(({ claimed }) => claimed)).toHaveLength(1);
  });

  it('reads again when somebody else wrote it anew first', async () => {
    const { tokenHash } = await save();
    await vanish(tokenHash);
    const table = interrupted(() => claim(tokenHash, 8));
    expect(await claim(tokenHash, 7, table)).toMatchObject({ claimed: false, state: 'Used' });
  });

  it('is claimed although it vanished between the read and the write', async () => {
    const { tokenHash } = await save();
    const table = interrupted(() => vanish(tokenHash));
    expect(await claim(tokenHash, 7, table)).toEqual({ claimed: true });
    expect(await rowOf(tokenHash)).toMatchObject({ State: 'Used' });
  });

  it('is revoked by writing the row anew as revoked', async () => {
    const { tokenHash } = await save();
    await vanish(tokenHash);
    expect(await revoke(tokenHash)).toEqual({ revoked: true });
    expect(await claim(tokenHash)).toEqual({ claimed: false, state: 'Revoked' });
  });
});

describe('tokens.revoke', () => {
  it('makes a pending token useless, again and again', async () => {
    const { tokenHash } = await save();
    expect(await revoke(tokenHash)).toEqual({ revoked: true });
    expect(await revoke(tokenHash)).toEqual({ revoked: true });
    expect(await rowOf(tokenHash)).toMatchObject({ State: 'Revoked', Reason: 'expired' });
  });

  it('leaves a used token used', async () => {
    const { tokenHash } = await save();
    await claim(tokenHash);
    expect(await revoke(tokenHash)).toEqual({ revoked: false });
    expect(await rowOf(tokenHash)).toMatchObject({ State: 'Used' });
  });

  it('races with claims: either all claims lose, or one claim wins and nothing is revoked', async () => {
    for (let round = 0; round < 10; round++) {
      const { tokenHash } = await save();
      const [revoked, ...claims] = await Promise.all([
        revoke(tokenHash),
        ...Array.from({ length: 5 }, (_, n) => claim(tokenHash, n)),
      ]);
      expect(claims.filter(({ claimed }) => claimed)).toHaveLength(revoked.revoked ? 0 : 1);
    }
  });
});

describe('when the table cannot be reached', () => {
  it('every activity fails so that it is tried again', async () => {
    const tables = config.tables.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
    const away = new TokenTable(Object.assign(new TokenStoreConfig(), config, { tables }));
    await expect(claim('a'.repeat(64), 7, away)).rejects.toMatchObject({
      code: 'TableUnavailable',
      retryable: true,
    });
    expect(await away.check()).toContain('cannot be reached');
  });
});
