export { type Stored, Table } from './table';
