import { MAX_FILE_BYTES } from '@countersign/contracts';
import { Problem } from '@countersign/service';

export const tooLarge = () =>
  new Problem(413, `The file is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB. Nothing was kept.`);
