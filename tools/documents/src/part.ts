import type { Json } from '@countersign/workflow';

/** A piece of a document, written as the document's specification has it; the finished whole is validated. */
export type Part = Readonly<Record<string, unknown>>;

/** As JSON, without what is undefined. */
export const asJson = (part: Part): Json => JSON.parse(JSON.stringify(part)) as Json;
