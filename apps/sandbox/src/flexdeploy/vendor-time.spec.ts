import { vendorTime } from './vendor-time';

it('writes a time as the vendor’s server in New York does, a day earlier where it must', () => {
  expect(vendorTime(new Date('2023-10-18T10:45:44.999Z'))).toBe('2023-10-18 05:45:44 -0500');
  expect(vendorTime(new Date('2024-01-01T04:59:59Z'))).toBe('2023-12-31 23:59:59 -0500');
});
