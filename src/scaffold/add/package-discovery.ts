import { at, parseToml } from '../../target/pyproject.ts';
import { serviceFolder } from '../service/service-files.ts';
import type { ByHand } from './addition.ts';
import type { Project } from './project.ts';

/**
 * What has to be said in a project whose packages setuptools finds by itself: in a flat layout it takes every folder for a package, and with
 * one more it refuses to build, or packs the wrong one.
 */
export function packageDiscovery({ answers, layout, read }: Project): readonly ByHand[] {
  const text = read('pyproject.toml') ?? '';
  const pyproject = parseToml(text, 'pyproject.toml');
  const backend = at(pyproject, 'build-system', 'build-backend') ?? 'setuptools.build_meta';
  const isNamed =
    at(pyproject, 'tool', 'setuptools', 'packages') !== undefined ||
    at(pyproject, 'tool', 'setuptools', 'py-modules') !== undefined ||
    /^\s*(packages|py_modules)\s*=/m.test(`${read('setup.cfg') ?? ''}\n${read('setup.py') ?? ''}`);
  if (typeof backend !== 'string' || !backend.startsWith('setuptools') || isNamed) return [];
  const { module } = answers;
  const isFlat = layout.package === module;
  const isFile = layout.package === null && read(`${module}.py`) !== null;
  if (!isFlat && !isFile) return [];
  const what = `lets setuptools find the packages, and it would take ${serviceFolder}/ for one. Add:`;
  const lines = isFlat
    ? ['[tool.setuptools.packages.find]', `include = ["${module}*"]`]
    : ['[tool.setuptools]', `py-modules = ["${module}"]`];
  return [{ path: 'pyproject.toml', what, lines }];
}
