import { createDraft, objectAt, textsAt, type Dialect } from './dialect';

const KEYS = ['type', 'additionalReadwritePaths', 'additionalReadonlyPaths', 'networkPolicy', 'disableTmpWrite', 'enableSharedBuildCache'];

/** Cursor's sandbox.json (cursor.com/docs/reference/sandbox). It has no key that denies a path. */
export const cursor: Dialect = {
  name: 'cursor',
  description: "Cursor's sandbox.json",
  recognizes: (value) => KEYS.slice(1, 4).some((key) => Object.hasOwn(value, key)) || (typeof value['type'] === 'string' && /^(workspace_|insecure_none)/.test(value['type'])),
  convert(value) {
    const draft = createDraft();
    const network = objectAt(value, 'networkPolicy');
    draft.allowDomains(textsAt(network, 'allow'));
    draft.denyDomains(textsAt(network, 'deny'));
    if (network['default'] === 'allow') draft.notes.push('networkPolicy.default "allow" cannot be said here: hosts are denied unless they are listed');
    if (value['type'] === 'insecure_none') draft.notes.push('type "insecure_none" switches the sandbox off there; here the policy holds, and nothing but the workspace may be written');
    const isReadonly = value['type'] === 'workspace_readonly';
    const temporary = value['disableTmpWrite'] === true || isReadonly ? [] : ['/tmp'];
    const writable = isReadonly ? [] : ['.', ...temporary, ...textsAt(value, 'additionalReadwritePaths')];
    if (value['enableSharedBuildCache'] === true) draft.notes.push('enableSharedBuildCache was left out: allow the caches that your tools use');
    return draft.finish({ allowWrite: writable, denyWrite: textsAt(value, 'additionalReadonlyPaths') });
  },
};
