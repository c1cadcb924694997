/** The settings that services are told against those that their code reads (`@Setting` in config.ts). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../dev/node.mjs';

/** @typedef {{ name: string, isRequired: boolean }} Setting */

/** What services are told that is not read by their own configuration. */
const OF_LIBRARIES = /^(NODE_EXTRA_CA_CERTS|NODE_OPTIONS|APP_CONFIG_\w+|AZURE_\w+|OTEL_\w+)$/;

/** Apps that are no services, but run for as long as a person's command takes. */
export const COMMANDS = ['operator'];

/** @returns {string[]} */
export const apps = () =>
  readdirSync(join(ROOT, 'apps')).filter((app) => existsSync(join(ROOT, 'apps', app, 'src/main.ts')));

const OF_EVERY = 'libs/service/src/config.ts';
/** Classes of settings that some services share. */
const SHARED = {
  PublicServiceConfig: 'libs/service/src/hardening/public-config.ts',
  NotifierConfig: 'libs/service/src/notifier-config.ts',
};

/** @param {string} app @returns {Setting[]} those of every service, those that it shares with some, and its own */
export function settingsOf(app) {
  const own = sourceOf(`apps/${app}/src/config.ts`);
  const shared = Object.entries(SHARED).filter(([name]) => own.includes(`extends ${name} `));
  return [OF_EVERY, ...shared.map(([, file]) => file)].map(sourceOf).concat(own).flatMap(settingsIn);
}

/** @param {string} file */
const sourceOf = (file) => readFileSync(join(ROOT, file), 'utf8');

/** @param {string} source of a configuration class @returns {Setting[]} */
export function settingsIn(source) {
  /** @type {Setting[]} */
  const settings = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isPropertyDeclaration(node)) {
      const call = (ts.getDecorators(node) ?? [])
        .map(({ expression }) => expression)
        .find(
          (expression) =>
            ts.isCallExpression(expression) && expression.expression.getText(file) === 'Setting',
        );
      const [name] = call && ts.isCallExpression(call) ? call.arguments : [];
      // A field with `!` has neither a default nor leave to be missing.
      if (name && ts.isStringLiteral(name))
        settings.push({ name: name.text, isRequired: node.exclamationToken !== undefined });
    }
    ts.forEachChild(node, visit);
  };
  const file = ts.createSourceFile('config.ts', source, ts.ScriptTarget.ES2023, true);
  visit(file);
  return settings;
}

/**
 * @param {string} app
 * @param {readonly string[]} own names that it alone is told
 * @param {readonly string[]} shared names that every service is told
 * @param {readonly Setting[]} settings
 * @returns {string[]}
 */
export function settingProblems(app, own, shared, settings) {
  const told = new Set([...own, ...shared]);
  const missing = settings.filter(({ name, isRequired }) => isRequired && !told.has(name));
  const unknown = own.filter(
    (name) => !OF_LIBRARIES.test(name) && !settings.some((one) => one.name === name),
  );
  return [
    ...missing.map(({ name }) => `${app} is not told ${name}, which it needs`),
    ...unknown.map((name) => `${app} is told ${name}, which it does not read`),
  ];
}
