import { describe, expect, it } from 'vitest';
import { compareDumps } from '../../src/replay/changes.ts';
import { createMask } from '../../src/replay/mask.ts';
import type { Json } from '../../src/replay/model.ts';

const key =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAAB3"NzaC1\'yc2E\n-----END OPENSSH PRIVATE KEY-----\n';

describe('under env, registry_auth and ssh_key', () => {
  it('a value that the sample holds is masked whatever its length', () => {
    const mask = createMask(['x', 'hunter2', '7']);
    expect(
      mask.changes({
        '/configuration/env/A': { from: 'x', to: 'y' },
        '/configuration/registry_auth/password': { from: 'hunter2' },
        '/ssh_config/ssh_key/private': { to: 'x' },
        '/configuration/groups/prefill/env/N': { from: 7, to: 8 },
      }),
    ).toEqual({
      '/configuration/env/A': { from: '***', to: 'y' },
      '/configuration/registry_auth/password': { from: '***' },
      '/ssh_config/ssh_key/private': { to: '***' },
      '/configuration/groups/prefill/env/N': { from: '***', to: 8 },
    });
  });

  it('a value that the plugin made is shown, but for a long secret within it', () => {
    const mask = createMask(['a', 'hunter2']);
    expect(
      mask.changes({
        '/env/A': { to: 'http://proxy.acme.example' },
        '/env/B': { to: 'Bearer hunter2' },
        '/env/C': { to: ['NAME=a', 'OTHER=b'] },
      }),
    ).toEqual({
      '/env/A': { to: 'http://proxy.acme.example' },
      '/env/B': { to: 'Bearer ***' },
      '/env/C': { to: ['NAME=***', 'OTHER=b'] },
    });
  });

  it('a value inside a list that is recorded whole is masked as well', () => {
    const mask = createMask(['k1', 'pw']);
    expect(
      mask.changes({
        '/ssh_config/hosts': { from: [{ hostname: 'pw', ssh_key: { private: 'k1' } }], to: [] },
        '/probes': { to: [{ registry_auth: { password: 'pw', username: 'me' } }] },
      }),
    ).toEqual({
      '/ssh_config/hosts': { from: [{ hostname: 'pw', ssh_key: { private: '***' } }], to: [] },
      '/probes': { to: [{ registry_auth: { password: '***', username: 'me' } }] },
    });
  });

  it('a change from one secret to another stays a change', () => {
    const mask = createMask(['one-secret', 'two-secret']);
    expect(mask.changes(compareDumps({ env: { A: 'one-secret' } }, { env: { A: 'two-secret' } }))).toEqual({
      '/env/A': { from: '***', to: '***' },
    });
  });

  it('a placeholder is shown', () => {
    const mask = createMask(['<HF_TOKEN>', '']);
    expect(mask.changes({ '/env/HF_TOKEN': { from: '<HF_TOKEN>', to: '' } })).toEqual({
      '/env/HF_TOKEN': { from: '<HF_TOKEN>', to: '' },
    });
    expect(mask.text('no <HF_TOKEN>')).toBe('no <HF_TOKEN>');
  });
});

describe('elsewhere', () => {
  it('a secret of six characters is masked within any text, and one of five is not', () => {
    const mask = createMask(['abcdef', '12345']);
    expect(mask.text('xabcdefx 12345 abcdef')).toBe('x***x 12345 ***');
    expect(mask.changes({ '/configuration/name': { from: 'a-abcdef', to: '12345' } })).toEqual({
      '/configuration/name': { from: 'a-***', to: '12345' },
    });
  });

  it('a number that is a secret is masked, and one that only holds it is not', () => {
    expect(createMask(['604800']).value({ a: 604800, b: 6048001, c: 'in 604800 s' })).toEqual({
      a: '***',
      b: 6048001,
      c: 'in *** s',
    });
  });

  it('a key that holds a secret is masked, and no value is lost over it', () => {
    const mask = createMask(['secret-one', 'secret-two']);
    expect(mask.changes({ '/tags/secret-one': { to: 'a' }, '/tags/secret-two': { to: 'b' } })).toEqual({
      '/tags/***': { to: 'a' },
      '/tags/*** (2)': { to: 'b' },
    });
    expect(mask.value([{ 'secret-one': 1, 'secret-two': 2 }])).toEqual([{ '***': 1, '*** (2)': 2 }]);
  });

  it('a secret with slashes and tildes is found in a pointer', () => {
    expect(createMask(['pass/word~1']).changes({ '/tags/pass~1word~01': { to: 1 } })).toEqual({
      '/tags/***': { to: 1 },
    });
  });

  it('secrets that hold or overlap one another are masked as a whole', () => {
    expect(createMask(['secret', 'my-secret-value']).text('my-secret-value, secret')).toBe('***, ***');
    expect(createMask(['abcdefgh', 'fghijklmn']).text('<abcdefghijklmn>')).toBe('<***>');
    expect(createMask(['abcabca']).text('abcabcabcabca')).toBe('***');
  });

  it('characters with a meaning in patterns are taken as they are', () => {
    expect(createMask(['a.*b$&c(']).text('a.*b$&c( aXXb$&c(')).toBe('*** aXXb$&c(');
  });
});

describe('a secret of several lines', () => {
  const mask = createMask([key]);

  it('is masked in logs, across the lines and where only some of them stand', () => {
    expect(mask.lines(['before', ...key.trim().split('\n'), 'after'])).toEqual(['before', '***', 'after']);
    expect(mask.lines(['  b3BlbnNzaC1rZXk', 'none'])).toEqual(['  ***', 'none']);
    expect(mask.lines([])).toEqual([]);
    expect(mask.lines([''])).toEqual(['']);
  });

  it('is masked as JSON and Python write it in one line', () => {
    expect(mask.text(JSON.stringify({ key }))).toBe('{"key":"***\\n"}');
    const repr = key.replaceAll('\n', '\\n').replaceAll("'", "\\'");
    expect(mask.text(`{'key': '${repr}'}`)).toBe("{'key': '***\\n'}");
    expect(mask.text(key.replaceAll('\n', '\r\n'))).not.toContain('b3Blbn');
  });

  it('is masked under its key with or without the last line end', () => {
    expect(mask.value({ ssh_key: { private: key, other: key.trim() } })).toEqual({
      ssh_key: { private: '***', other: '***' },
    });
  });
});

it('masks a secret that Python or a URL writes in ASCII', () => {
  const mask = createMask(['pässwörd/1']);
  expect(mask.text(String.raw`p\u00e4ssw\u00f6rd/1 p%C3%A4ssw%C3%B6rd%2F1`)).toBe('*** ***');
});

it('keeps keys that JavaScript gives a meaning to', () => {
  const value = JSON.parse('{"env": {"__proto__": "x", "constructor": "y"}}') as Json;
  expect(JSON.stringify(createMask(['x']).value(value))).toBe(
    '{"env":{"__proto__":"***","constructor":"y"}}',
  );
});

it('changes nothing where a sample has no secrets', () => {
  const value = { env: { A: 'a' }, n: [1, null, true] };
  const mask = createMask([]);
  expect(mask.value(value)).toEqual(value);
  expect(mask.text('text')).toBe('text');
});
