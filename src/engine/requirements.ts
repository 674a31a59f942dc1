import { at, isTable, strings, type Table } from '../target/pyproject.ts';

/** A requirement of dstack that a project's files state. */
export interface DstackRequirement {
  /** As PEP 508 has it, such as `dstack[server]>=0.21,<0.22; python_version < "3.13"`. */
  readonly text: string;
  /** The version, where it is pinned to exactly one everywhere. */
  readonly pin: string | null;
  /** The name of the file that states it. */
  readonly file: string;
}

/** The texts of a project's files that can state requirements, by their name; null where there is no such file. */
export interface ProjectFiles {
  readonly pyproject: Table | null;
  /** `setup.cfg`, `setup.py`, requirements files. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Every requirement of dstack in a project's files: its dependencies first, then groups and extras. */
export function dstackRequirements({ pyproject, texts }: ProjectFiles): DstackRequirement[] {
  const found =
    pyproject === null
      ? []
      : pyprojectRequirements(pyproject).map((text) => ({ text, file: 'pyproject.toml' }));
  for (const [file, text] of Object.entries(texts)) {
    const lines = file.endsWith('.py')
      ? quoted(text)
      : text.split(/\r?\n/).map((line) => line.replace(/\s+#.*$/, ''));
    found.push(...lines.map((line) => ({ text: line.trim(), file })));
  }
  return found.flatMap(({ text, file }) => {
    const parsed = parse(text);
    return parsed === null ? [] : [{ text, pin: parsed.pin, file }];
  });
}

/** What a project says of its Python, as PEP 440 specifiers; null where it says nothing. */
export function requiredPython({ pyproject, texts }: ProjectFiles): string | null {
  const poetry = at(pyproject, 'tool', 'poetry', 'dependencies', 'python');
  const candidates = [
    at(pyproject, 'project', 'requires-python'),
    typeof poetry === 'string' ? fromPoetry(poetry) : null,
    texts['setup.cfg']?.match(/^\s*python_requires\s*=\s*(.+?)\s*$/m)?.[1],
    texts['setup.py']?.match(/\bpython_requires\s*=\s*['"]([^'"]+)['"]/)?.[1],
  ];
  const stated = candidates.find((value) => typeof value === 'string' && value.trim() !== '');
  return typeof stated === 'string' ? stated.replaceAll(/\s+/g, '') : null;
}

/** Poetry's own version syntax (`^0.22`, `~0.22.1`, a bare version) as PEP 440; null where it can't be said in it or says nothing. */
export function fromPoetry(constraint: string): string | null {
  if (constraint.includes('|')) return null;
  const clauses = constraint.split(/\s*,\s*|\s+(?=[<>=!~^])/).map(fromPoetryClause);
  const stated = clauses.filter((clause) => clause !== '');
  return stated.length === 0 ? null : stated.join(',');
}

function fromPoetryClause(clause: string): string {
  const text = clause.trim();
  if (text === '' || text === '*') return '';
  if (/^\d/.test(text)) return `==${text}`;
  const operator = text.match(/^(\^|~(?!=))\s*(\d+(?:\.\d+)*)/);
  if (operator === null) return text.replaceAll(/\s+/g, '');
  const version = operator[2] ?? '';
  const parts = version.split('.').map(Number);
  // ^ may raise everything right of the first part that isn't 0; ~ everything right of the second part.
  const nonZero = parts.findIndex((part) => part > 0);
  const fixed =
    operator[1] === '^' ? (nonZero === -1 ? parts.length - 1 : nonZero) : Math.min(1, parts.length - 1);
  const limit = parts.slice(0, fixed + 1).map((part, index) => (index === fixed ? part + 1 : part));
  return `>=${version},<${limit.join('.')}`;
}

function parse(text: string): { readonly pin: string | null } | null {
  const match = text.match(/^dstack\s*(\[[^\]]*\])?\s*(\(?[^;@]*\)?)?(@[^;]*)?\s*(;.*)?$/i);
  if (match === null) return null;
  const specifier = (match[2] ?? '').replaceAll(/[()\s]/g, '');
  if (specifier !== '' && !/^(===?|~=|!=|<=?|>=?)/.test(specifier)) return null;
  const exact = specifier.match(/^===?([^,*]+)$/)?.[1];
  return { pin: match[4] === undefined && match[3] === undefined ? (exact ?? null) : null };
}

function pyprojectRequirements(pyproject: Table): string[] {
  const groups = [
    at(pyproject, 'dependency-groups'),
    at(pyproject, 'tool', 'pdm', 'dev-dependencies'),
    at(pyproject, 'project', 'optional-dependencies'),
  ];
  const poetry = [
    at(pyproject, 'tool', 'poetry', 'dependencies'),
    ...tables(at(pyproject, 'tool', 'poetry', 'group')).map((group) => at(group, 'dependencies')),
    at(pyproject, 'tool', 'poetry', 'dev-dependencies'),
  ];
  return [
    ...strings(at(pyproject, 'project', 'dependencies')),
    ...poetry.flatMap(poetryRequirement),
    ...strings(at(pyproject, 'tool', 'uv', 'dev-dependencies')),
    ...groups.flatMap((group) => (isTable(group) ? Object.values(group).flatMap(strings) : [])),
    ...tables(at(pyproject, 'tool', 'hatch', 'envs')).flatMap((env) => strings(at(env, 'dependencies'))),
  ];
}

function poetryRequirement(dependencies: unknown): string[] {
  const stated = at(dependencies, 'dstack');
  const version = typeof stated === 'string' ? stated : at(stated, 'version');
  if (
    typeof version !== 'string' ||
    at(stated, 'markers') !== undefined ||
    at(stated, 'python') !== undefined
  )
    return [];
  return [`dstack${fromPoetry(version) ?? ''}`];
}

function tables(value: unknown): unknown[] {
  return isTable(value) ? Object.values(value) : [];
}

function quoted(python: string): string[] {
  return [...python.matchAll(/(['"])(dstack.*?)\1/g)].map((match) => match[2] ?? '');
}
