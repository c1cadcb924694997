import { jsonObjectIn, WatchedFile } from '@countersign/service';
import { CodedError } from '@countersign/workflow';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IngestionConfig } from '../config';

/** Slack user ids by FlexDeploy user in small letters: FlexDeploy's sign-in does not tell letters apart. */
type Users = ReadonlyMap<string, string>;

const SETTING = 'FLEXDEPLOY_USERS';
const KIND = { code: 'UsersInvalid' };

/** Under which id approvers know the users of FlexDeploy. */
@Injectable()
export class FlexDeployUsers implements OnModuleInit, OnModuleDestroy {
  private users: () => Users = () => new Map();
  private file: WatchedFile<Users> | undefined;

  constructor(private readonly config: IngestionConfig) {}

  /** @throws CodedError `UsersInvalid`, `FileUnreadable` */
  async onModuleInit(): Promise<void> {
    const setting = this.config.flexdeployUsers?.trim();
    if (setting === undefined) return;
    if (setting.startsWith('{')) {
      const users = inSetting(setting);
      this.users = () => users;
      return;
    }
    const file = await WatchedFile.open({
      file: setting,
      name: 'file of FlexDeploy users',
      setting: SETTING,
      parse: parseUsers,
      summary: ({ size }) => ({ users: size }),
    });
    this.file = file;
    this.users = () => file.content;
  }

  onModuleDestroy(): void {
    this.file?.close();
  }

  /** FlexDeploy's own name for who is not in the list. */
  idOf(user: string): string {
    return this.users().get(user.toLowerCase()) ?? user;
  }
}

function inSetting(setting: string): Users {
  try {
    return parseUsers(setting);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(KIND.code, `${SETTING} is not valid: ${why}.`, { cause });
  }
}

function parseUsers(text: string): Users {
  const users = Object.entries(jsonObjectIn(text, KIND));
  const wrong = users.filter(([, id]) => typeof id !== 'string' || id.length < 1 || id.length > 200);
  if (wrong.length > 0)
    throw new CodedError(KIND.code, `${wrong.map(([user]) => user).join(', ')} must be a Slack user id`);
  return new Map(users.map(([user, id]) => [user.toLowerCase(), String(id)]));
}
