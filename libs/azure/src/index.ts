export { type Stored, Table, type TableKey } from './table';
