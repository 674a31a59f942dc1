import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pluginGroup } from '../target/folders.ts';

/** What an installed distribution says of itself. */
export interface Distribution {
  readonly name: string;
  readonly version: string;
  /** The names of its entry points in dstack's group, in the order of its metadata. */
  readonly plugins: readonly string[];
}

/** The folder of an environment that packages are installed into. */
export function sitePackagesOf(environment: string): string {
  if (process.platform === 'win32') return join(environment, 'Lib', 'site-packages');
  const lib = join(environment, 'lib');
  const version = readdirSync(lib).find((name) => /^(python|pypy)/.test(name));
  if (version === undefined) throw new Error(`no Python in ${lib}`);
  return join(lib, version, 'site-packages');
}

/** The distribution that was installed from a folder, whatever it is called; null where there is none. */
export function distributionFrom(sitePackages: string, folder: string): Distribution | null {
  for (const name of distInfos(sitePackages)) {
    const file = join(sitePackages, name, 'direct_url.json');
    if (!existsSync(file)) continue;
    const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string }; // its form is fixed by PEP 610
    if (url.startsWith('file:') && fileURLToPath(url).replace(/[\\/]$/, '') === folder) {
      return distributionAt(join(sitePackages, name));
    }
  }
  return null;
}

/** The installed distribution of a name (in its normalised form, as dstack's is), or null. */
export function distributionNamed(sitePackages: string, name: string): Distribution | null {
  const found = distInfos(sitePackages).find((item) => item.startsWith(`${name}-`));
  return found === undefined ? null : distributionAt(join(sitePackages, found));
}

/** The names in dstack's group, from the text of an `entry_points.txt`. */
function pluginsIn(entryPoints: string): string[] {
  const names: string[] = [];
  let group = '';
  for (const line of entryPoints.split(/\r?\n/).map((item) => item.trim())) {
    const heading = line.match(/^\[(.*)\]$/)?.[1];
    if (heading !== undefined) group = heading.trim();
    else if (group === pluginGroup && line.includes('=') && !/^[#;]/.test(line)) {
      names.push(line.slice(0, line.indexOf('=')).trim());
    }
  }
  return names;
}

/** The folders of what is installed, each named by its distribution and version. */
export function distInfos(sitePackages: string): string[] {
  return readdirSync(sitePackages).filter((name) => name.endsWith('.dist-info'));
}

function distributionAt(distInfo: string): Distribution {
  const metadata = readFileSync(join(distInfo, 'METADATA'), 'utf8');
  const entryPoints = join(distInfo, 'entry_points.txt');
  return {
    name: metadata.match(/^Name:\s*(.+?)\s*$/m)?.[1] ?? '',
    version: metadata.match(/^Version:\s*(.+?)\s*$/m)?.[1] ?? '',
    plugins: existsSync(entryPoints) ? pluginsIn(readFileSync(entryPoints, 'utf8')) : [],
  };
}
