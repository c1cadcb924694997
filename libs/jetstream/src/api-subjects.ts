/**
 * Subjects of the JetStream API that we send requests to, for the requests and for the permissions. `*` stands for
 * any stream, consumer or token of a subject. Source: the NATS reference, "JetStream wire API".
 */
const API = '$JS.API';

export const ANY = '*';

export const accountInfo = `${API}.INFO`;

const streamRequest =
  (what: string) =>
  (stream: string): string =>
    `${API}.STREAM.${what}.${stream}`;

export const streamInfo = streamRequest('INFO');
export const streamCreate = streamRequest('CREATE');
export const streamUpdate = streamRequest('UPDATE');
export const streamPurge = streamRequest('PURGE');
export const streamSnapshot = streamRequest('SNAPSHOT');
export const streamRestore = streamRequest('RESTORE');
export const messageDelete = streamRequest('MSG.DELETE');
/** Any message, from the leader: which one is in the body. */
export const messageGet = streamRequest('MSG.GET');

const consumerRequest =
  (what: string) =>
  (stream: string, consumer: string): string =>
    `${API}.CONSUMER.${what}.${stream}.${consumer}`;

export const consumerInfo = consumerRequest('INFO');
export const consumerDelete = consumerRequest('DELETE');
export const consumerUnpin = consumerRequest('UNPIN');
export const consumerNext = consumerRequest('MSG.NEXT');
/** The server refuses a configuration with another filter than the subject has. */
export const consumerCreate = (stream: string, consumer: string, filter: string): string =>
  `${consumerRequest('CREATE')(stream, consumer)}.${filter}`;
/** Under which deliveries of a consumer are acknowledged. */
export const acknowledgements = (stream: string, consumer: string): string =>
  `$JS.ACK.${stream}.${consumer}.>`;

/** Any messages, from any replica: which ones is in the body. */
export const directGet = (stream: string): string => `${API}.DIRECT.GET.${stream}`;
/** The newest message of a subject, from any replica. */
export const directGetLast = (stream: string, subject: string): string => `${directGet(stream)}.${subject}`;
