/** The users of the NATS servers, in the language of their configuration. */
import { serviceNames } from '@countersign/contracts';
import { permissionsOf } from '@countersign/jetstream';

const HEAD = `# Users of the NATS servers, one for each service, with exactly the subjects that it uses. Made by
# "npm run documents" from libs/jetstream/src/permissions.ts; a change here is lost.
#
# The server takes the passwords from its environment. It reads them as a part of this file: a letter first, then
# letters and digits only. The operator may do everything: for people, never for a service.
`;

/** The variable that holds a user's password. */
const passwordOf = (user: string): string => `$NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`;

const list = (name: string, subjects: readonly string[], indent: string): string =>
  [`${indent}${name}: [`, ...subjects.map((subject) => `${indent}  "${subject}"`), `${indent}]`].join('\n');

function userOf(service: (typeof serviceNames)[number]): string {
  const { publish, neverPublish, subscribe } = permissionsOf(service);
  return `    {
      user: "${service}"
      password: ${passwordOf(service)}
      permissions: {
        publish: {
${list('allow', publish, '          ')}
${neverPublish.length > 0 ? `${list('deny', neverPublish, '          ')}\n` : ''}        }
        subscribe: {
${list('allow', subscribe, '          ')}
        }
      }
    }`;
}

export const permissionsFile = (): string => `${HEAD}authorization: {
  users: [
    { user: "operator", password: ${passwordOf('operator')} }
${serviceNames.map(userOf).join('\n')}
  ]
}
`;
