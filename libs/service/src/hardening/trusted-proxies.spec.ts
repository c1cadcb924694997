import { loadConfig } from '../config';
import { PublicServiceConfig } from './public-config';
import { networksIn } from './trusted-proxies';

const trusting = (TRUSTED_PROXIES: string) =>
  loadConfig(PublicServiceConfig, { PUBLIC_URL: 'https://flows.example', TRUSTED_PROXIES }).trustedProxies;

it('takes addresses and networks, and nobody where nothing is said', () => {
  const setting = '10.0.0.0/8, 192.0.2.1,2001:db8::/32';
  expect(networksIn(trusting(setting))).toEqual(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']);
  expect(networksIn(trusting(''))).toEqual([]);
});

it.each([
  'everybody',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0',
  '2001:db8::/129',
  '0.0.0.0/0',
  '::/0',
])('refuses %s', (setting) => {
  expect(() => trusting(setting)).toThrow('TRUSTED_PROXIES must be addresses or networks');
});
