import { readDateRange } from './date-range';

const OK = '10/12/2021';

describe('a day', () => {
  it.each([
    ['10/12/2021', '2021-12-10'],
    ['1/2/2021', '2021-02-01'],
    ['01/02/2021', '2021-02-01'],
    ['31/12/1999', '1999-12-31'],
    ['29/2/2024', '2024-02-29'],
    ['01/01/0001', '0001-01-01'],
    [' 10/12/2021 ', '2021-12-10'],
    ['2021-12-10', '2021-12-10'],
    ['2021-12-10T15:04', '2021-12-10'],
    ['2021-12-10T23:59:59.999Z', '2021-12-10'],
    ['2021-12-10T00:30:00+02:00', '2021-12-09'],
    ['2021-12-10T23:30:00-02:00', '2021-12-11'],
  ])('%s is %s, day first and in UTC', (text, day) => {
    expect(readDateRange(text, '31/12/9999')).toEqual({ start: day, end: '9999-12-31' });
  });

  it.each([
    'tomorrow',
    '12/31/2021',
    '29/2/2023',
    '30/02/2021',
    '31/4/2021',
    '0/1/2021',
    '1/0/2021',
    '1/1/0000',
    '1/1/21',
    '001/1/2021',
    '10-12-2021',
    '10.12.2021',
    '10/12/2021 08:00',
    '2021/12/10',
    '2021-2-1',
    '2021-02-30',
    '2021-13-01',
    '20211210',
    '2021-12-10T25:00',
    '2021-12-10T10:60',
    '2021-12-10T10:00+99:00',
    '2021-12-10 10:00',
    '0001-01-01T00:00+01:00',
    '9999-12-31T23:00-02:00',
    '+012021-12-10',
    '1639094400000',
    '١٠/١٢/٢٠٢١',
    'x'.repeat(10_000),
    ['10/12/2021', '10/12/2021'],
    ['', ''],
    { day: 10 },
    20211210,
  ])('is not %j', (value) => {
    expect(readDateRange(value, OK)).toEqual({ error: 'Invalid start date format.' });
    expect(readDateRange(OK, value)).toEqual({ error: 'Invalid end date format.' });
  });
});

describe('what is wrong first is said, and only that', () => {
  it.each<[unknown, unknown, string]>([
    [undefined, undefined, 'Empty start date.'],
    ['', OK, 'Empty start date.'],
    ['  \t', 'rubbish', 'Empty start date.'],
    [undefined, OK, 'Empty start date.'],
    ['rubbish', undefined, 'Invalid start date format.'],
    ['rubbish', 'rubbish', 'Invalid start date format.'],
    [OK, undefined, 'Empty end date.'],
    [OK, '', 'Empty end date.'],
    [OK, ' ', 'Empty end date.'],
    [OK, 'rubbish', 'Invalid end date format.'],
    [OK, OK, 'Invalid date range.'],
    ['11/12/2021', OK, 'Invalid date range.'],
    ['2021-12-10T12:00', '2021-12-11T11:59:59', 'Invalid date range.'],
  ])('%j to %j: %s', (s, e, error) => {
    expect(readDateRange(s, e)).toEqual({ error });
  });

  it('one day is the shortest range', () => {
    expect(readDateRange(OK, '11/12/2021')).toEqual({ start: '2021-12-10', end: '2021-12-11' });
    expect(readDateRange('2021-12-10T12:00', '2021-12-11T12:00')).toEqual({
      start: '2021-12-10',
      end: '2021-12-11',
    });
  });
});
