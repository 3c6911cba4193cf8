import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, expandPath, validatePolicy, type AbsolutePath } from 'sandbox-core/policy';
import { pathCompletions } from 'srt-language-server/internal/features/completion/paths';
import { valuePlaceAt } from 'srt-language-server/internal/features/completion/place';
import { definition } from 'srt-language-server/internal/features/definition';
import { hover } from 'srt-language-server/internal/features/hover';
import { createFileTrees } from 'srt-language-server/internal/files/file-trees';
import { nativePath, pathOf, placeOf, shownPath, uriOf } from 'srt-language-server/internal/policy-place';
import { createPolicyView } from 'srt-language-server/internal/policy-view';
import type { DirectoryEntry, Runtime } from 'srt-language-server/internal/runtime';
import { TextDocument } from 'vscode-languageserver-textdocument';

/** What lies on this machine with Windows. */
const DISK: Readonly<Record<string, readonly DirectoryEntry[]>> = {
  '/c:/project': [{ name: 'src', kind: 'directory' }, { name: 'Key.pem', kind: 'file' }],
  '/c:/users/me': [{ name: '.ssh', kind: 'directory' }],
  '/c:': [{ name: 'Users', kind: 'directory' }],
};
const runtime: Runtime = {
  home: absolutePath('C:\\Users\\Me'),
  platform: 'windows',
  problemPage: () => undefined,
  readFile: () => undefined,
  kindOf: () => undefined,
  readStart: () => Promise.resolve(undefined),
  readDirectory: (path) => Promise.resolve(DISK[path]),
  inspect: (path) => Promise.resolve(path === '/c:/project/key.pem' ? { kind: 'file', canonical: path } : undefined),
  schedule: () => ({ cancel: () => undefined }),
  yield: () => Promise.resolve(),
  now: () => 0,
};
const NEVER = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => undefined }) };
const folders = [absolutePath('C:\\project')];

function policyWith(filesystem: object) {
  const text = JSON.stringify({ network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem } });
  const document = TextDocument.create('untitled:policy', 'json', 0, text);
  const view = createPolicyView({ document, checked: validatePolicy(text, { platform: 'windows' }), place: placeOf(document.uri, folders, runtime), reported: () => undefined, exists: () => true });
  assert.ok(view);
  return { view, text, at: (found: string) => text.indexOf(JSON.stringify(found)) + 2 };
}

describe('policies on Windows', () => {
  it('lie where their uris say, and paths get uris again', () => {
    const path = absolutePath('C:\\Project\\a b');
    assert.equal(pathOf('file:///c%3A/Project/a%20b', 'win32'), path);
    assert.equal(pathOf(uriOf(path, 'win32'), 'win32'), path);
    assert.equal(uriOf(absolutePath('\\\\server\\share\\x'), 'win32'), 'file://server/share/x');
    assert.deepEqual([nativePath(path, 'win32'), nativePath('/project/a', 'linux'), shownPath(path, placeOf('untitled:x', folders, runtime))], ['C:\\project\\a b', '/project/a', 'C:\\project\\a b']);
  });

  it('are hovered over with what Windows makes of their paths', async () => {
    const { view, at } = policyWith({ denyRead: ['.\\Secret', 'C:\\PROJECT\\secret\\shown\\**'], allowRead: ['%USERPROFILE%\\.ssh'] });
    const trees = createFileTrees(runtime);
    const text = async (path: string): Promise<string> => JSON.stringify((await hover(view, at(path), { trees, runtime, token: NEVER }))?.contents);
    assert.match(await text('.\\Secret'), /Here: `C:\\\\project\\\\secret`.*Reading: \*\*denied/);
    assert.match(await text('%USERPROFILE%\\.ssh'), /Here: `C:\\\\users\\\\me\\\\\.ssh`/);
    assert.match(await text('C:\\PROJECT\\secret\\shown\\**'), /Here: `C:\\\\project\\\\secret\\\\shown`/);
  });

  it('lead to the files that they name', async () => {
    const { view, at } = policyWith({ denyRead: ['.\\KEY.pem', 'c:/project/none'] });
    assert.deepEqual((await definition(view, at('.\\KEY.pem'), runtime)).map(({ uri }) => uri), [uriOf(absolutePath('/c:/project/key.pem'))]);
    assert.deepEqual(await definition(view, at('c:/project/none'), runtime), []);
  });

  it('are completed with the files of a drive, in the separator that is typed', async () => {
    const labels = async (typed: string): Promise<readonly string[]> => {
      const { view, text } = policyWith({ denyRead: [typed] });
      const place = valuePlaceAt(view.document, text.indexOf(JSON.stringify(typed)) + JSON.stringify(typed).length - 1, view.root);
      assert.ok(place);
      return (await pathCompletions(place, view.place, runtime)).items.map(({ label }) => label);
    };
    assert.deepEqual(await labels('.\\'), ['.\\src\\', '.\\Key.pem']);
    assert.deepEqual(await labels('C:/project/S'), ['C:/project/src/']);
    assert.deepEqual(await labels('~\\'), ['~\\.ssh\\']);
    assert.deepEqual(await labels('C:\\u'), ['C:\\Users\\']);
    assert.deepEqual((await labels('k')).slice(0, 3), ['.', '~', 'C:\\']);
  });

  it('are spelled as elsewhere on other systems', () => {
    const place = placeOf('untitled:x', [absolutePath('/project')], { ...runtime, platform: 'linux' });
    const path: AbsolutePath = expandPath('a\\b', place);
    assert.deepEqual([path, shownPath(path, place)], ['/project/a\\b', '/project/a\\b']);
  });
});
