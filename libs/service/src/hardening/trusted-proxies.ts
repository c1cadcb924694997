import { isIP } from 'node:net';
import { ValidateBy } from 'class-validator';

/** Addresses and networks (`10.0.0.0/8`) of a setting that names several with commas between. */
export const networksIn = (setting: string): string[] =>
  setting
    .split(',')
    .map((network) => network.trim())
    .filter((network) => network !== '');

/** class-validator: addresses and networks, separated by commas. */
export const AreNetworks = () =>
  ValidateBy({
    name: 'areNetworks',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && networksIn(value).every(isNetwork),
      defaultMessage: () => 'must be addresses or networks, as in 10.0.0.0/8, with commas between',
    },
  });

/** A network of everybody would let each client choose who it is. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (longest === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= longest);
}
