import { describe, expect, it } from 'vitest';
import { graftToml } from '../../src/scaffold/add/graft-toml.ts';
import { graftYaml } from '../../src/scaffold/add/graft-yaml.ts';

const toml = `# ours
[project]
name = "guard"   # odd spaces

[dependency-groups]
dev = [
    "pytest>=8",  # tests
    "ruff>=0.11"
]
`;
const before = '[dependency-groups]\ndev = ["pyright"]\n';
const after = '[dependency-groups]\ndev = ["pyright", "types-PyYAML>=6.0"]\n';

describe('what a generated TOML file has more', () => {
  it('goes into the list of an edited one; remarks and layout stay', () => {
    expect(graftToml(toml, before, after)).toBe(
      toml.replace('"ruff>=0.11"', '"ruff>=0.11",\n    "types-PyYAML>=6.0",'),
    );
  });

  it('goes into a list of one line, and into an empty one', () => {
    const list = (items: string): string => `[dependency-groups]\ndev = [${items}] # x\n`;
    expect(graftToml(list('"a"'), before, after)).toBe(list('"a", "types-PyYAML>=6.0"'));
    expect(graftToml(list(''), before, after)).toBe(list('"types-PyYAML>=6.0"'));
    expect(graftToml('dependency-groups.dev = []\n', before, after)).toBe(
      'dependency-groups.dev = ["types-PyYAML>=6.0"]\n',
    );
  });

  it('changes nothing the second time, nor where somebody has added it', () => {
    const once = graftToml(toml, before, after) ?? '';
    expect(graftToml(once, before, after)).toBe(once);
  });

  it('is left to the author where the list is gone, or the file is broken', () => {
    expect(graftToml('[project]\nname = "x"\n', before, after)).toBeNull();
    expect(graftToml('[project\n', before, after)).toBeNull();
    expect(graftToml(toml, before, after.replace('pyright', 'mypy'))).toBeNull();
  });
});

describe('what a generated YAML file has more', () => {
  const job = '# generated\nreplay:\n  script: [test]\n';
  const there = '# ours\nstages: [a, b]   # two\n\nbuild:\n    script:\n        - make   # all\n';

  it('is added to what is there; remarks stay', () => {
    const result = graftYaml(there, job, JSON.stringify) ?? '';
    for (const remark of ['# ours', '# two', '- make # all', 'replay:\n']) expect(result).toContain(remark);
    expect(graftYaml(result, job, JSON.stringify)).toBe(result);
  });

  it('is left to the author where something else has its name, or the file is broken', () => {
    expect(graftYaml('replay:\n  script: [other]\n', job, JSON.stringify)).toBeNull();
    expect(graftYaml('a: [\n', job, JSON.stringify)).toBeNull();
    expect(graftYaml('- a\n', job, JSON.stringify)).toBeNull();
  });
});
