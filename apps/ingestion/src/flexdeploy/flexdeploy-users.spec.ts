import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IngestionConfig } from '../config';
import { FlexDeployUsers } from './flexdeploy-users';

let users: FlexDeployUsers;
afterEach(() => users.onModuleDestroy());

async function usersOf(flexdeployUsers?: string): Promise<FlexDeployUsers> {
  users = new FlexDeployUsers(Object.assign(new IngestionConfig(), { flexdeployUsers }));
  await users.onModuleInit();
  return users;
}

describe('users of FlexDeploy', () => {
  it('are known to approvers by their Slack ids, in whatever letters FlexDeploy writes them', async () => {
    const users = await usersOf('{"JDoe": "U0JANE"}');
    expect(['jdoe', 'JDOE', 'other', 'constructor'].map((user) => users.idOf(user))).toEqual([
      'U0JANE',
      'U0JANE',
      'other',
      'constructor',
    ]);
  });

  it('may be listed in a file', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'countersign-users-'));
    try {
      await writeFile(join(dir, 'users.json'), '{"jdoe": "U0JANE"}');
      expect((await usersOf(join(dir, 'users.json'))).idOf('jdoe')).toBe('U0JANE');
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('are themselves where no list is given', async () => {
    expect((await usersOf()).idOf('jdoe')).toBe('jdoe');
  });

  it.each([
    ['{', /FLEXDEPLOY_USERS is not valid: it is not JSON: .*line 1 column 2/],
    ['{"jdoe": 5}', /FLEXDEPLOY_USERS is not valid: jdoe must be a Slack user id\./],
    ['/nowhere/users.json', /users\.json \(FLEXDEPLOY_USERS\) cannot be read: ENOENT/],
  ])('stop the service at boot when the list is %s', async (setting, message) => {
    await expect(usersOf(setting)).rejects.toThrow(message);
  });
});
