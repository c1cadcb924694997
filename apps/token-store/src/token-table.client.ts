import { type Stored, Table } from '@countersign/azure';
import { CodedError } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { TokenStoreConfig } from './config';
import type { TokenRow } from './token-row';

const key = (tokenHash: string) => ({ partitionKey: 'tokens', rowKey: tokenHash });

/** What is to become of a row, and what to tell the caller. */
export interface Transition<Outcome> {
  /** The row to write; nothing is written without one. */
  readonly write?: TokenRow;
  readonly outcome: Outcome;
}

/**
 * Each lost race shows a row that is further decided or has vanished; a state is left at most once,
 * so this many losses in a row mean a storage that forgets as fast as it is written to.
 */
const MAX_RACES = 5;

/** Azure Table `tokens`. */
@Injectable()
export class TokenTable {
  private readonly table: Table<TokenRow>;

  constructor({ tables }: TokenStoreConfig) {
    this.table = new Table(tables, 'tokens');
  }

  /** Writes the row of a new token; false when the hash is there already. */
  insert(tokenHash: string, row: TokenRow, signal?: AbortSignal): Promise<boolean> {
    return this.table.insert(key(tokenHash), row, signal);
  }

  read(tokenHash: string, signal?: AbortSignal): Promise<Stored<TokenRow> | undefined> {
    return this.table.get(key(tokenHash), signal);
  }

  /**
   * Reads a row, lets `decide` say what becomes of it and writes that if the row is still as it was
   * read; else starts over. `decide` gets undefined where the row has vanished.
   *
   * @throws CodedError `TokenContended` (retryable)
   */
  async decide<Outcome>(
    tokenHash: string,
    decide: (row: TokenRow | undefined) => Transition<Outcome>,
    signal?: AbortSignal,
  ): Promise<Outcome> {
    for (let race = 0; race < MAX_RACES; race++) {
      const stored = await this.read(tokenHash, signal);
      const { write, outcome } = decide(stored?.row);
      if (!write) return outcome;
      const written = stored
        ? await this.table.replace(key(tokenHash), write, stored.etag, signal)
        : await this.table.insert(key(tokenHash), write, signal);
      if (written) return outcome;
    }
    throw new CodedError(
      'TokenContended',
      `The row of a token changed ${MAX_RACES} times while it was decided.`,
      {
        retryable: true,
      },
    );
  }

  check(): Promise<true | string> {
    return this.table.check();
  }
}
