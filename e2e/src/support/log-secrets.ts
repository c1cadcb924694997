/** Looks for secrets in what services wrote: those that are known, in every spelling, and whatever has the form of one. */
import { instanceOfToken } from '@countersign/service';

export interface Secret {
  /** What it is; shown when it is found, which its value never is. */
  readonly name: string;
  readonly value: string;
}

export interface Leak {
  /** Counted from one. */
  readonly line: number;
  readonly secret: string;
}

/** Shorter texts are no secrets that could be told from words. */
const MIN_LENGTH = 8;

/** Settings whose values nobody else may know. */
const SECRET_SETTING = /(TOKEN|SECRET|PASSWORD|KEY|CONNECTION_STRING)$/;

/** What looks like a secret, whoever made it. */
const FORMS: Readonly<Record<string, RegExp>> = {
  "a signature of Slack's": /\bv0=[0-9a-f]{64}/,
  'a signature in a link (SAS)': /[?&;]sig=[\w%+/=-]{8,}|%26sig%3D/i,
  'an Authorization value': /\b(Basic|Bearer)\s+[\w+/=~.-]{8,}/i,
  'the signature of a request (SharedKey)': /\bSharedKey(Lite)?\s+\w+:/,
  "a token of Slack's": /\bx(ox[a-z]|app)-[\w-]{4,}/,
  'an account key': /AccountKey=[\w+/=]{8,}/i,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
  'a signed token (JWT)': /\beyJ[\w-]{8,}\.[\w-]{8,}\./,
  'a key in an address': /[?&]code=[\w-]{16,}/,
  'a password in an address': /\w:\/\/[^\s/:@"]+:[^\s/@"]+@/,
  'a header that authenticates':
    /"(authorization|proxy-authorization|cookie|set-cookie|x-functions-key|x-slack-signature|x-flexdeploy-secret)"\s*:\s*"/i,
};

/** An approval token; hashes of tokens are hexadecimal and have no dot. */
const TOKENS = /(?<![\w-])[\w-]{43}\.[\w-]+/g;

/** The secrets among a service's settings. */
export const secretsOfSettings = (settings: Readonly<Record<string, string>>): Secret[] =>
  Object.entries(settings)
    .filter(([name]) => SECRET_SETTING.test(name))
    .flatMap(([name, value]) => partsOf(value).map((part) => ({ name, value: part })));

/** All approval tokens that a text holds. */
export const tokensIn = (text: string): string[] =>
  [...text.matchAll(TOKENS)].map(([token]) => token).filter((token) => instanceOfToken(token) !== undefined);

/** Where a log gives something away; one leak for each line and secret. */
export function leaksIn(log: string, secrets: readonly Secret[]): Leak[] {
  const spellings = secrets
    .filter(({ value }) => value.length >= MIN_LENGTH)
    .map(({ name, value }) => ({ name, texts: spellingsOf(value) }));
  return log.split('\n').flatMap((text, index) => {
    const named = spellings.filter(({ texts }) => texts.some((one) => text.includes(one)));
    const formed = Object.entries(FORMS).filter(([, form]) => form.test(text));
    const found = [...named.map(({ name }) => name), ...formed.map(([name]) => name)];
    if (tokensIn(text).length > 0) found.push('an approval token');
    return [...new Set(found)].map((secret) => ({ line: index + 1, secret }));
  });
}

/** A connection string, a list and a PEM hold secrets among what is none. */
function partsOf(value: string): string[] {
  const accountKeys = [...value.matchAll(/(?:AccountKey|Secret|SharedAccessSignature)=([^;]+)/g)];
  if (accountKeys.length > 0) return accountKeys.map(([, key = '']) => key);
  if (value.includes('-----BEGIN')) return value.split(/\\n|\n/).filter((line) => !line.startsWith('-----'));
  return value.split(',').map((part) => part.trim());
}

/** As it is, as a part of an address, and inside whatever was encoded in base64. */
function spellingsOf(value: string): string[] {
  return [...new Set([value, encodeURIComponent(value), ...inBase64(value)])];
}

/** What base64 makes of a text wherever in the encoded bytes it stands: without the ends that its neighbours change. */
function inBase64(value: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from('\0'.repeat(before) + value).toString('base64');
    const bytes = before + Buffer.byteLength(value);
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor((bytes * 8) / 6));
  });
}
