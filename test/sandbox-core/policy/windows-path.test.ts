import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, decide, expandPath, resolveForWindows, validatePolicy, type Policy } from 'sandbox-core/policy';
import { describeWindowsPath, isWindowsDevice, windowsPathProblem } from 'sandbox-core/internal/policy/windows-path';

import { policyOf } from '../../support/policies';

const places = { base: absolutePath('C:\\Users\\Me\\Project'), home: absolutePath('C:\\Users\\Me') };
const context = { ...places, platform: 'windows' } as const;

function answers(filesystem: Partial<Policy['filesystem']>): (kind: 'read' | 'write', path: string) => string {
  const policy = resolveForWindows(policyOf({ filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem } }), places);
  return (kind, path) => decide(policy, { kind, path: expandPath(path, context) }).outcome;
}

describe('paths of Windows', () => {
  it('are one whatever their spelling', () => {
    const spellings = ['~\\Secrets', '~/secrets', '%USERPROFILE%\\SECRETS', '%HOMEDRIVE%%HOMEPATH%\\secrets', '%HomePath%/secrets', 'c:\\users\\me\\secrets', 'C:/Users/Me/Project/../secrets/', '..\\secrets', '\\Users\\Me\\Secrets', '\\\\?\\C:\\Users\\Me\\secrets', 'C:\\Users\\Me\\secrets. '];
    for (const spelled of spellings) assert.equal(describeWindowsPath(expandPath(spelled, context)), 'C:\\users\\me\\secrets', spelled);
    for (const spelled of ['\\\\Server\\Share\\x', '//server/share/x', '\\\\?\\UNC\\server\\share\\x']) assert.equal(describeWindowsPath(expandPath(spelled, context)), '\\\\server\\share\\x', spelled);
    assert.equal(describeWindowsPath(expandPath('D:\\', context)), 'D:\\');
  });

  it('are denied with all that is theirs: streams, and other names of the same drive', () => {
    const ask = answers({ denyRead: ['C:\\secret\\file.txt', '~\\.ssh'] });
    for (const path of ['C:\\secret\\file.txt', 'C:\\secret\\file.txt:hidden', 'C:\\secret\\file.txt::$DATA', 'C:\\secret::$INDEX_ALLOCATION\\file.txt', '\\\\.\\C:\\secret\\file.txt', '//./c:/secret/file.txt. ', '~\\.ssh:x:$DATA\\id', 'C:\\secret\\file.txt.:x']) assert.equal(ask('read', path), 'deny', path);
    assert.deepEqual(['C:\\secret\\other.txt:x', '\\\\.\\D:\\secret\\file.txt'].map((path) => ask('read', path)), ['allow', 'allow']);
    assert.deepEqual(['\\\\.\\PhysicalDrive0', '\\\\?\\Volume{1}\\secret', '//?/GLOBALROOT/Device/x', '\\\\.\\C:\\x', '\\\\?\\UNC\\a\\b', 'C:\\x'].map(isWindowsDevice), [true, true, true, false, false, false]);
  });

  it('are judged without case, on each drive and share by itself', () => {
    const ask = answers({ denyRead: ['~\\.ssh', '\\\\files\\team', 'D:\\Keys\\**'], allowRead: ['~/.ssh/config'], allowWrite: ['.'], denyWrite: ['**\\*.Lock'] });
    assert.deepEqual([ask('read', 'C:\\USERS\\me\\.SSH\\id'), ask('read', '~/.ssh/Config'), ask('read', '//FILES/team/x'), ask('read', '\\\\files\\teams\\x')], ['deny', 'allow', 'deny', 'allow']);
    assert.deepEqual([ask('read', 'd:/keys/a'), ask('read', 'C:\\keys\\a')], ['deny', 'allow']);
    assert.deepEqual([ask('write', 'src\\main.ts'), ask('write', 'C:\\Users\\Me\\project\\yarn.LOCK'), ask('write', 'E:\\Users\\Me\\Project\\x')], ['allow', 'deny', 'deny']);
  });

  it('do not reach out of their drive', () => {
    assert.equal(describeWindowsPath(expandPath('..\\..\\..\\..\\..\\x', context)), 'C:\\x');
    assert.equal(describeWindowsPath(expandPath('C:\\..\\..\\D:\\x', context)), 'C:\\d\\x');
    assert.equal(describeWindowsPath(expandPath('\\\\server\\share\\..\\..\\x', context)), '\\\\server\\share\\x');
  });

  it('are reported where Windows makes something else of them', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['C:secrets', /relative to the current directory of that drive/],
      ['\\\\.\\PhysicalDrive0', /names a device/],
      ['~\\aux.txt', /name of a device/],
      ['logs\\COM1', /name of a device/],
      ['a|b', /no file can have a name with/],
      ['notes.txt:hidden', /names a stream/],
      ['.\\build.', /leaves out the dot/],
      ['\\\\server', /SERVER\\SHARE/],
      ['%APPDATA%\\x', /%APPDATA% is not expanded/],
      ['C:\\x\\%USERPROFILE%', /only expanded at the start/],
    ];
    for (const [spelled, expected] of cases) assert.match(windowsPathProblem(spelled) ?? '', expected, spelled);
    for (const spelled of ['.', '..\\x', 'C:\\', '~\\.ssh', '\\\\server\\share', 'C:/a b/c*.txt', '%USERPROFILE%\\x', '\\\\?\\C:\\x', 'contact.txt', 'com10']) assert.equal(windowsPathProblem(spelled), undefined, spelled);
    const text = JSON.stringify(policyOf({ filesystem: { denyRead: ['~\\NUL'], allowWrite: ['C:\\work'], denyWrite: [] } }));
    const found = (platform: 'windows' | 'linux'): string[] => validatePolicy(text, { platform }).problems.filter(({ code }) => code === 'suspicious-path').map(({ pointer }) => String(pointer));
    assert.deepEqual([found('windows'), found('linux')], [['/filesystem/denyRead/0'], ['/filesystem/denyRead/0', '/filesystem/allowWrite/0']]);
  });
});
