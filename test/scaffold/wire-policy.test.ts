import { describe, expect, it } from 'vitest';
import { wirePolicy } from '../../src/scaffold/python/wire-policy.ts';

const owner = { className: 'Guard', function: 'get_apply_policies' };
const plain = { className: 'NoPrivileged', module: '.policies.no_privileged', settings: null };
const limited = { className: 'MaxPrice', module: '.policies.max_price', settings: '.settings' };

function wired(text: string, policy: typeof plain | typeof limited = plain): string | null {
  return wirePolicy(text, owner, policy);
}

const inOneLine = `from dstack.plugins import ApplyPolicy, Plugin


class Guard(Plugin):
    def get_apply_policies(self) -> list[ApplyPolicy]:
        return [Mine()]  # ours first
`;

const inLines = `"""The guard."""

import os
from dstack.plugins import ApplyPolicy, Plugin

from .mine import (
    Mine,  # the old one
)
from .settings import load_settings


class Guard(Plugin):
    def __init__(self):
        limits = load_settings()
        self._policies: list[ApplyPolicy] = [
            Mine(  limits ),  # odd, but ours

            # nothing comes before this one
        ]

    @property
    def name(self):
        return "guard"

    def get_apply_policies(self):
        return self._policies
`;

describe('a policy goes into the list of a plugin, and everything else stays', () => {
  it('in one line', () => {
    expect(wired(inOneLine)).toBe(
      inOneLine
        .replace('[Mine()]', '[Mine(), NoPrivileged()]')
        .replace('Plugin\n', 'Plugin\n\nfrom .policies.no_privileged import NoPrivileged\n'),
    );
  });

  it('in lines, with remarks, odd spaces and settings that are loaded already', () => {
    expect(wired(inLines, limited)).toBe(
      inLines
        .replace('# odd, but ours\n', '# odd, but ours\n            MaxPrice(limits),\n')
        .replace(')\nfrom .settings', ')\nfrom .policies.max_price import MaxPrice\nfrom .settings'),
    );
  });

  it('in lines without a last comma', () => {
    const text =
      'class Guard(Plugin):\n    def get_apply_policies(self):\n        return [\n            A()\n        ]\n';
    expect(wired(text)).toContain('            A(),\n            NoPrivileged(),\n        ]');
  });

  it('in an empty list', () => {
    expect(wired(inOneLine.replace('Mine()', ''))).toContain('return [NoPrivileged()]  # ours first');
  });

  it('in a list that a variable of the method or of the module holds', () => {
    const method = inOneLine.replace('return [Mine()]', 'found = [Mine()]\n        return found');
    expect(wired(method)).toContain('found = [Mine(), NoPrivileged()]');
    const module = inOneLine
      .replace('return [Mine()]', 'return POLICIES')
      .replace('\n\nclass', '\nPOLICIES = [Mine()]\n\nclass');
    expect(wired(module)).toContain('POLICIES = [Mine(), NoPrivileged()]');
  });

  it('with settings that are loaded when the plugin is created, and not on every apply', () => {
    const text = wired(inOneLine, limited);
    expect(text).toContain('    def __init__(self) -> None:\n        super().__init__()\n');
    expect(text).toContain('        self._settings = load_settings()\n\n    def get_apply_policies');
    expect(text).toContain('return [Mine(), MaxPrice(self._settings)]');
    expect(text).toContain('from .settings import load_settings\n');
  });

  it('a second one uses the settings that are loaded already', () => {
    const second = { ...limited, className: 'MaxDuration', module: '.policies.max_duration' };
    const text = wirePolicy(wired(inOneLine, limited) ?? '', owner, second);
    expect(text?.split('load_settings()').length).toBe(2);
    expect(text).toContain('MaxPrice(self._settings), MaxDuration(self._settings)]');
  });

  it('once: the second time nothing changes', () => {
    for (const [text, policy] of [
      [inOneLine, plain],
      [inOneLine, limited],
      [inLines, limited],
    ] as const) {
      const once = wired(text, policy) ?? '';
      expect(once).not.toBe(text);
      expect(wired(once, policy)).toBe(once);
    }
  });
});

describe('what can’t be added to safely is left to its author', () => {
  it.each([
    ['several returns', 'if os.environ:\n            return [A()]\n        return [B()]'],
    ['a computed list', 'return [A()] + more()'],
    ['a comprehension', 'return [p() for p in found]'],
    ['a generator', 'yield A()'],
    ['a list that is changed later', 'found = [A()]\n        found.append(B())\n        return found'],
    ['a list that is assigned twice', 'found = [A()]\n        found = [B()]\n        return found'],
    ['a tuple', 'return (A(),)'],
    ['nothing', 'pass'],
  ])('%s', (_, body) => {
    expect(wired(inOneLine.replace('return [Mine()]  # ours first', body))).toBeNull();
  });

  it('a class of another name, or none', () => {
    expect(wired(inOneLine.replace('class Guard', 'class Other'))).toBeNull();
    expect(wired('')).toBeNull();
  });

  it('a list that a base class keeps', () => {
    expect(wired(inOneLine.replace('return [Mine()]', 'return self._policies'))).toBeNull();
  });
});
