/**
 * Programs from Debian's own archive, through apt with its signature checks. No host is named:
 * the mirror is the one that this machine uses already. Node built-ins only.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { mustRun } from './run.mjs';

/** @returns {boolean} whether this is Debian with apt */
export const isDebian = () => existsSync('/usr/bin/apt-get') && osRelease('ID') === 'debian';

/** @param {string} key @returns {string | undefined} */
function osRelease(key) {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return new RegExp(`^${key}="?([^"\n]*)`, 'm').exec(text)?.[1];
}

/**
 * Unpacks one package of a Debian suite into a folder: as root or not, and without a trace in
 * the system's sources, lists or installed packages.
 *
 * @param {string} name
 * @param {string} suite code name of a release, newer than the machine's own
 * @param {string} dir emptied first; the files are in `root/` afterwards
 */
export async function unpackDebianPackage(name, suite, dir) {
  const mirror = await debianMirror();
  await rm(dir, { recursive: true, force: true });
  for (const sub of ['etc', 'lists/partial', 'cache/archives/partial', 'deb', 'root'])
    await mkdir(join(dir, sub), { recursive: true });
  await writeFile(join(dir, 'etc/status'), '');
  await writeFile(join(dir, 'etc/suite.sources'), sources(mirror, suite));
  const config = join(dir, 'etc/apt.conf');
  await writeFile(config, aptConfiguration(dir));
  await mustRun('apt-get', ['-q', '-c', config, 'update']);
  await mustRun('apt-get', ['-q', '-c', config, 'download', name], { cwd: join(dir, 'deb') });
  const [deb] = readdirSync(join(dir, 'deb'));
  await mustRun('dpkg', ['-x', join(dir, 'deb', String(deb)), join(dir, 'root')]);
  for (const sub of ['lists', 'cache', 'deb']) await rm(join(dir, sub), { recursive: true, force: true });
}

/** @returns {Promise<string>} the mirror from which this machine gets its own release */
async function debianMirror() {
  const release = osRelease('VERSION_CODENAME');
  const uris = await mustRun('apt-get', ['update', '--print-uris']);
  const mirror = new RegExp(`^'(.*)/dists/${release}/InRelease'`, 'm').exec(uris)?.[1];
  if (!mirror) throw new Error('apt has no Debian mirror configured on this machine.');
  return mirror;
}

/** @param {string} mirror @param {string} suite */
const sources = (mirror, suite) => `Types: deb
URIs: ${mirror}
Suites: ${suite}
Components: main
Targets: Packages
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

/** @param {string} dir */
const aptConfiguration = (dir) => `#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Dir::Etc::sourcelist "${dir}/etc/suite.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "${dir}/etc";
Dir::State::status "${dir}/etc/status";
Dir::State::lists "${dir}/lists";
Dir::Cache "${dir}/cache";
Acquire::Languages "none";
APT::Sandbox::User "${userInfo().username}";
APT::Get::AllowUnauthenticated "false";
`;

/**
 * Installs a package into the system; needs root.
 *
 * @param {string} name
 */
export async function installDebianPackage(name) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await mustRun('apt-get', ['-q', 'update'], { env });
  await mustRun('apt-get', ['-q', 'install', '-y', '--no-install-recommends', name], { env });
}
