import module from 'node:module';
import { join } from 'node:path';
import { cachePath, existingCache } from './engine/cache.ts';
import { toolVersion } from './version.ts';

/**
 * Has Node keep the compiled form of what is loaded from now on, where it can (from 22.1 on) and this tool has a cache folder already: none is
 * made for it.
 */
export function keepCompiled(): void {
  // The types are those of the oldest Node that this runs on, which hasn't got it.
  const enable: unknown = Reflect.get(module, 'enableCompileCache');
  if (typeof enable !== 'function' || process.env['NODE_COMPILE_CACHE'] !== undefined) return;
  try {
    const folder = existingCache(cachePath());
    if (folder !== null) enable(join(folder, 'node', toolVersion));
  } catch {
    // A user without a home has no cache.
  }
}
