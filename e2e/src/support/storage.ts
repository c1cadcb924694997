import type { TestStack } from './test-stack';

/** The emulator's well-known development account: a secret to nobody. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Connection string of the stack's own Azurite, for looks at what the services keep there. */
export const storageOf = ({ urls }: TestStack): string =>
  `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};` +
  `TableEndpoint=${urls.table}/${ACCOUNT};BlobEndpoint=${urls.blob}/${ACCOUNT};`;
