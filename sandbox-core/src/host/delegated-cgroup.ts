import { accessSync, constants, statSync } from 'node:fs';

import { absolutePath, ancestorsAndSelf, joinPath, type AbsolutePath } from '../policy';
import type { CgroupController, DelegatedCgroup } from './facts';
import type { Host } from './host';

const CONTROLLERS: readonly CgroupController[] = ['memory', 'pids'];

/**
 * The nearest cgroup (version 2) around this process in which it may make others, with the controllers that those get. It is
 * seldom the process's own: one with processes in it can have no controllers for others. cgroups(7), "No internal processes"
 */
export function findDelegatedCgroup({ readText }: Pick<Host, 'readText'>): DelegatedCgroup | undefined {
  const own = /^0::(\/.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1];
  const mounted = /^(?:\S+ ){3}\/ (\/\S*) .* - cgroup2 /m.exec(readText('/proc/self/mountinfo') ?? '')?.[1];
  if (own === undefined || mounted === undefined || own.startsWith('/..')) return undefined;
  const root = absolutePath(mounted);
  const around = ancestorsAndSelf(absolutePath(own)).reverse().map((path) => (path === '/' ? root : joinPath(root, path.slice(1))));
  for (const directory of around) {
    const given = (readText(`${directory}/cgroup.subtree_control`) ?? '').split(/\s+/);
    const controllers = CONTROLLERS.filter((controller) => given.includes(controller));
    if (controllers.length > 0 && mayMakeOthers(directory)) return { directory, controllers };
  }
  return undefined;
}

/**
 * To move a process, the file of the cgroup around both places has to be writable. The directory has to be so by its mode:
 * the pod, which removes what a killed session left, has no capability, root's neither.
 */
function mayMakeOthers(directory: AbsolutePath): boolean {
  try {
    if ((statSync(directory).mode & 0o200) === 0) return false;
    accessSync(directory, constants.W_OK);
    accessSync(`${directory}/cgroup.procs`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
