/** What is in the image of production, and what must not be. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../dev/node.mjs';
import { apps } from './settings.mjs';

const BILL_OF_MATERIALS = 'countersign.cdx.json';
/** Sources that are for development and tests only. */
const DEVELOPMENT = /(^|\/)apps\/sandbox\/|\.spec\.ts$|\/testing\/|^libs\/testing\/|^e2e\//;

/** @param {string} image @returns {string[]} */
export function contentProblems(image) {
  const files = readdirSync(image, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(image.length + 1));
  const sources = [
    ...new Set(files.filter((file) => file.endsWith('.map')).flatMap((file) => sourcesOf(join(image, file)))),
  ];
  return [
    ...files
      .filter((file) => !/^apps\/[\w/.-]+\.mjs(\.map)?$|^countersign\.cdx\.json$/.test(file))
      .map((file) => `the image contains ${file}`),
    ...apps()
      .filter((app) => (app === 'sandbox') === existsSync(join(image, 'apps', app)))
      .map((app) => `apps/${app} is in the image only where it should not be`),
    ...sources
      .filter((source) => DEVELOPMENT.test(source))
      .map((source) => `the image contains code of ${source}`),
    ...packageProblems(image, sources),
  ];
}

/** @param {string} map @returns {string[]} files that a bundle was made of, from the project's folder */
const sourcesOf = (map) =>
  /** @type {{ sources: string[] }} */ (JSON.parse(readFileSync(map, 'utf8'))).sources.map((source) =>
    source.replace(/^(\.\.\/)+/, '').replace(/^.*?(node_modules|apps|libs)\//, '$1/'),
  );

/** Packages are those of production, and each is in the bill of materials. @param {string} image @param {readonly string[]} sources */
function packageProblems(image, sources) {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const { components } = JSON.parse(readFileSync(join(image, BILL_OF_MATERIALS), 'utf8'));
  const listed = new Set(
    components.map((/** @type {{ purl: string }} */ { purl }) => decodeURIComponent(purl)),
  );
  const folders = new Set(
    sources.flatMap((source) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []),
  );
  return [...folders].flatMap((folder) => {
    const { dev, version } = packages[folder] ?? {};
    const name = folder.replace(/^.*node_modules\//, '');
    return [
      ...(version === undefined || dev
        ? [`the image contains ${folder}, which is no dependency of production`]
        : []),
      ...(listed.has(`pkg:npm/${name}@${version}`) ? [] : [`the bill of materials lacks ${name} ${version}`]),
    ];
  });
}
