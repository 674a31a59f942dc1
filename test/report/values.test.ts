import { describe, expect, it } from 'vitest';
import { durationText, jsonText, valueText } from '../../src/report/values.ts';

describe('a value', () => {
  it.each([
    ['spot', 'spot'],
    ['7d', '7d'],
    ['***', '***'],
    ['/mnt/data:/data', '/mnt/data:/data'],
    ['two words', 'two words'],
    ['größe 数据', 'größe 数据'],
    ['', '""'],
    ['true', '"true"'],
    ['null', '"null"'],
    ['86400', '"86400"'],
    ['1e5', '"1e5"'],
    [' padded ', '" padded "'],
    ['- item', '"- item"'],
    ['a → b', '"a → b"'],
    ['(nothing)', '"(nothing)"'],
    ['two\nlines', '"two\\nlines"'],
    ['\x1b[31m\u202e\x9b', '"\\u001b[31m\\u202e\\x9b"'],
    [true, 'true'],
    [null, 'null'],
    [7.5, '7.5'],
    [[], '[]'],
    [['eu-1', 'a, b', 'true'], '[eu-1, "a, b", "true"]'],
    [{ min: 24, 'a: b': [{}] }, '{min: 24, "a: b": [{}]}'],
  ])('%j reads %s', (value, text) => {
    expect(jsonText(value)).toBe(text);
  });

  it.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [5400, '1h30m'],
    [86400, '1d'],
    [604800, '7d'],
    [90061, '1d1h1m1s'],
  ])('%i seconds read %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe('what a change did', () => {
  it.each([
    '/configuration/max_duration',
    '/configuration/stop_duration',
    '/profile/idle_duration',
    '/configuration/utilization_policy/time_window',
    '/configuration/retry/start_delay',
    '/configuration/probe_timeout',
    '/configuration/interval',
  ])('says durations at %s', (path) => {
    expect(valueText(path, { from: 604800, to: 86400 })).toMatchObject({ note: '7d → 1d' });
  });

  it('says no duration of other numbers', () => {
    expect(valueText('/configuration/max_price', { from: 3600, to: 60 })).toMatchObject({ note: null });
    expect(valueText('/configuration/idle_duration', { from: -1, to: 0.5 })).toMatchObject({ note: null });
    expect(valueText('/duration/count', { from: 60, to: 120 })).toMatchObject({ note: null });
  });

  it('says the duration beside the only side that has one', () => {
    expect(valueText('/max_duration', { from: 'off', to: 86400 })).toEqual({
      kind: 'value',
      from: 'off',
      to: '86400 (1d)',
      note: null,
    });
    expect(valueText('/max_duration', { to: 60 })).toMatchObject({ from: null, to: '60 (1m)' });
  });

  it('names the items of a list that came and went, and how many stay', () => {
    expect(valueText('/regions', { from: ['a', 'b', 'c'], to: ['c', 'd'] })).toEqual({
      kind: 'items',
      gone: ['a', 'b'],
      come: ['d'],
      note: '1 stays',
    });
    expect(valueText('/regions', { from: ['a'], to: [] })).toMatchObject({ gone: ['a'], note: 'none left' });
    expect(valueText('/regions', { from: ['a'], to: ['b'] })).toMatchObject({ note: null });
  });

  it('shows both lists where only the order changed', () => {
    expect(valueText('/regions', { from: ['a', 'b'], to: ['b', 'a'] })).toEqual({
      kind: 'value',
      from: '[a, b]',
      to: '[b, a]',
      note: 'another order',
    });
  });

  it('takes null and an empty mapping for nothing, and an empty list for something', () => {
    expect(valueText('/a', { from: null, to: {} })).toMatchObject({ from: null, to: null });
    expect(valueText('/a', { to: [] })).toMatchObject({ from: null, to: '[]' });
  });
});
