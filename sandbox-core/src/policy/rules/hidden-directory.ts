import { absolutePath, joinPath, ROOT_DIRECTORY, type AbsolutePath } from '../absolute-path';
import { decide } from '../decide';
import { isKnownPlace, placesOf, type PolicyFacts } from '../policy-facts';
import { printable } from '../parse';
import type { PolicyPointer } from '../pointer';
import type { Problem } from '../problem';
import type { PolicyRule, RuleContext } from '../validate';

/** Without these nothing starts: the shell, its libraries, and where the system looks both up. */
const ESSENTIAL = ['/usr', '/bin', '/lib', '/etc'].map(absolutePath);
const TEMPORARY = absolutePath('/tmp');
/** Where Node usually is: what agents, their tools and sandbox-runtime itself run on. */
const NODE_PLACES = ['/usr/bin/node', '/usr/local/bin/node', '/opt/homebrew/bin/node'].map(absolutePath);
const NODE_PLACES_AT_HOME = ['.nvm/versions/node', '.volta/bin/node', '.local/share/fnm', '.asdf/shims/node', '.local/share/mise/installs/node'];

/** A denyRead that hides what a command needs to start: the directory it starts in, or programs and their libraries. */
export const hiddenDirectory: PolicyRule = {
  codes: ['hidden-directory'],
  about: 'paths',
  asks: (facts) => [...ESSENTIAL, placesOf(facts).base, ROOT_DIRECTORY, TEMPORARY, ...nodePlaces(facts)],
  check(context) {
    const { policy, platform, facts, problem } = context;
    if (policy.filesystem?.disabled === true) return [];
    const { base } = placesOf(facts);
    const wanted = [...(platform === 'windows' ? [] : ESSENTIAL), base];
    const found = wanted.flatMap((path) => {
      const pointer = hidingEntry(context, path);
      if (pointer === undefined) return [];
      const what = path === base ? `the directory that commands start in${isKnownPlace(base) ? ` (${printable(base)})` : ''}` : `${path}, without which no program starts`;
      return [problem('hidden-directory', `hides ${what}; open it again with allowRead, or deny less`, pointer)];
    });
    return platform === 'windows' ? found : [...found, ...hiddenTools(context, found)];
  },
};

/** What many programs miss, and not all: not said of an entry that hides worse. */
function hiddenTools(context: RuleContext, graver: readonly Problem[]): Problem[] {
  const { facts, problem } = context;
  const reported = new Set(graver.map(({ pointer }) => pointer));
  const report = (path: AbsolutePath, what: string): Problem[] => {
    const pointer = hidingEntry(context, path);
    if (pointer === undefined || reported.has(pointer)) return [];
    reported.add(pointer);
    return [problem('hidden-directory', `hides ${what}; open it again with allowRead, or deny less`, pointer)];
  };
  const node = nodePlaces(facts).filter((path) => isThere(facts, path));
  const isOutOfReach = node.every((path) => hidingEntry(context, path) !== undefined);
  // What is denied above it leaves the sandbox its own /tmp.
  const temporary = hidingEntry(context, TEMPORARY) === hidingEntry(context, ROOT_DIRECTORY) ? [] : report(TEMPORARY, `${TEMPORARY}, where programs keep temporary files`);
  return [...temporary, ...(isOutOfReach ? node.flatMap((path) => report(path, `Node (${printable(path)}), which agents and their tools run on`)) : [])];
}

function hidingEntry({ lists }: RuleContext, path: AbsolutePath): PolicyPointer | undefined {
  const { outcome, rule } = decide(lists, { kind: 'read', path });
  return outcome === 'deny' && rule.kind === 'policy' && rule.pointer.startsWith('/filesystem/') ? (rule.pointer as PolicyPointer) : undefined; // set at parse
}

function nodePlaces(facts: PolicyFacts | undefined): AbsolutePath[] {
  return facts ? [...NODE_PLACES, ...NODE_PLACES_AT_HOME.map((path) => joinPath(facts.home, path))] : [];
}

function isThere(facts: PolicyFacts | undefined, path: AbsolutePath): boolean {
  const kind = facts?.kindOf(path);
  return kind === 'file' || kind === 'directory';
}
