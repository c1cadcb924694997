export { AppendBlobs, type BlobEntry, MAX_BLOCK_BYTES } from './append-blobs';
export { azureSettings } from './settings/azure-settings';
export { MAX_PAGE_ROWS, type Page, type PartitionRange, type Query, type Stored, Table } from './table';
