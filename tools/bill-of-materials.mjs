/**
 * `node tools/bill-of-materials.mjs dist/apps`: what the bundles in a folder were made of, as CycloneDX 1.5. The bundles
 * hold their dependencies, so a scanner finds none beside them; their source maps tell which those are.
 * Node built-ins only.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

/** @param {string} bundles */
function billOf(bundles) {
  const { name, version, license } = json(join(ROOT, 'package.json'));
  const { packages } = json(join(ROOT, 'package-lock.json'));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name, version, licenses: licensesOf(license) } },
    components: [
      {
        type: 'platform',
        name: 'node',
        version: process.versions.node,
        cpe: `cpe:2.3:a:nodejs:node.js:${process.versions.node}:*:*:*:-:*:*:*`,
        purl: `pkg:generic/node@${process.versions.node}`,
      },
      ...foldersIn(bundles).map((folder) => componentOf(folder, packages[folder])),
    ],
  };
}

/** @param {string} bundles @returns {string[]} folders of packages, as the lock file names them */
function foldersIn(bundles) {
  const maps = readdirSync(bundles, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.map'),
  );
  const sources = maps.flatMap((file) => /** @type {string[]} */ (json(join(bundles, file)).sources));
  const folders = sources.flatMap(
    (source) => /(node_modules\/.*node_modules\/|node_modules\/)(@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
}

/**
 * @param {string} folder
 * @param {{ version: string, license?: string, integrity?: string } | undefined} locked
 */
function componentOf(folder, locked) {
  if (!locked) throw new Error(`package-lock.json does not know ${folder}`);
  const name = folder.replace(/^.*node_modules\//, '');
  const { version, license, integrity } = locked;
  const [algorithm = '', digest = ''] = (integrity ?? '').split('-');
  return {
    type: 'library',
    name,
    version,
    'bom-ref': `${name}@${version}`,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: licensesOf(license),
    hashes: digest
      ? [{ alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }]
      : [],
  };
}

/** @param {string | undefined} license an SPDX expression */
const licensesOf = (license) => (license ? [{ expression: license }] : []);

/** @param {string} file */
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

const [dir = 'dist/apps'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(billOf(dir), undefined, 1)}\n`);
