export { AppendBlobs, MAX_BLOCK_BYTES } from './append-blobs';
export type { BlobEntry } from './blobs';
export { type BlobDescription, BlockBlobs, type StoredBlob, type WriteOptions } from './block-blobs';
export { azureSettings } from './settings/azure-settings';
export { MAX_PAGE_ROWS, type Page, type PartitionRange, type Query, type Stored, Table } from './table';
