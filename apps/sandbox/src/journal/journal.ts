import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { Subject } from 'rxjs';
import { SandboxConfig } from '../config';
import type { SandboxEvent } from './events';

type Fold = (event: SandboxEvent) => void;

/**
 * What happened, in order: one JSON line per event in STATE_FILE, or nowhere when that is not set.
 *
 * The line is handed to the operating system before anything else sees the event, so what a caller
 * was told survives a killed process (not a power cut: nothing here calls fsync). State files of
 * development are small; only `clear` shortens them.
 */
@Injectable()
export class Journal implements OnModuleDestroy, OnApplicationShutdown {
  /** Emits after every event; completes when the service shuts down. */
  readonly changes = new Subject<void>();
  private readonly folds: Fold[] = [];
  private file: number | undefined;

  constructor(private readonly config: SandboxConfig) {
    const path = config.stateFile;
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a+');
    const whole = wholeLines(readFileSync(path));
    ftruncateSync(this.file, whole.length);
  }

  /** Gives a store every event so far, then every new one. */
  attach(fold: Fold): void {
    if (this.config.stateFile !== undefined) {
      const lines = readFileSync(this.config.stateFile, 'utf8').split('\n');
      for (const line of lines) if (line !== '') fold(JSON.parse(line) as SandboxEvent);
    }
    this.folds.push(fold);
  }

  record(event: SandboxEvent): void {
    if (this.file !== undefined) writeSync(this.file, `${JSON.stringify(event)}\n`);
    this.announce(event);
  }

  /** Forgets everything. */
  clear(): void {
    if (this.file !== undefined) ftruncateSync(this.file, 0);
    this.announce({ kind: 'reset' });
  }

  /** Ends the pages' event streams, for which the shutdown would otherwise wait. */
  onModuleDestroy(): void {
    this.changes.complete();
  }

  /** After the last request was answered. */
  onApplicationShutdown(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private announce(event: SandboxEvent): void {
    for (const fold of this.folds) fold(event);
    this.changes.next();
  }
}

/** Without the torn line that a killed process may leave at the end. */
function wholeLines(content: Buffer): Buffer {
  return content.subarray(0, content.lastIndexOf('\n') + 1);
}
