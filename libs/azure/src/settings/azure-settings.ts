import { appConfigurationOf, type Environment, placeOf } from './options';

/**
 * Gives a service the settings that its environment does not hold from Azure App Configuration, where
 * a value may be a reference to a secret in Key Vault: `runService({ ..., settings: azureSettings })`.
 * The Azure clients are loaded only where they are used: they take longer to load than a service.
 *
 * @returns undefined where the environment names no store
 * @throws CodedError `AppConfigurationInvalid`
 */
export function azureSettings(env: Environment) {
  const store = appConfigurationOf(env);
  if (!store) return undefined;
  return {
    /** Where a setting is looked up, for messages. */
    placeOf: (name: string): string => placeOf(store, name),
    /** What the store holds of these settings; throws what {@link readSettings} throws. */
    read: async (names: readonly string[]): Promise<Readonly<Record<string, string>>> => {
      const { readSettings } = await import('./read-settings');
      return readSettings(store, names);
    },
  };
}
