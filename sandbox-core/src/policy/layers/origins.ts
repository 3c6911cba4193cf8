import type { PolicyPointer } from '../pointer';
import type { Violation } from '../violation.generated';

export type LayerName = NonNullable<Extract<Violation['rule'], { kind: 'policy' }>['layer']>;

/**
 * Where a value of a composed policy was written.
 *
 * @property pointer in the file that holds it
 * @property file absolute path or `preset:NAME`; absent: the main file, the one that was named
 */
export interface RuleOrigin {
  readonly pointer: PolicyPointer;
  readonly layer?: LayerName;
  readonly file?: string;
}

/** The origins of a composed policy's values, by their pointer in it. */
export interface PolicyOrigins {
  of(pointer: PolicyPointer): RuleOrigin;
  /** Where a rule has to be written to hold. */
  readonly newRules: Readonly<Record<'allow' | 'deny', FileOfRules>>;
}

export type FileOfRules = Pick<RuleOrigin, 'layer' | 'file'>;

/** The main file, which belongs to no layer. */
const MAIN_FILE = { allow: {}, deny: {} };

/** The rule as its own file has it. */
export function ruleReference(pointer: PolicyPointer, origins: PolicyOrigins | undefined): Extract<Violation['rule'], { kind: 'policy' }> {
  return { kind: 'policy', ...(origins?.of(pointer) ?? { pointer }) };
}

/** Everything from one place. */
export function originsOfFile(file: FileOfRules): PolicyOrigins {
  return { of: (pointer) => ({ ...file, pointer }), newRules: { allow: file, deny: file } };
}

/** @param known values as they were merged; what lies below one has its origin below that one's */
export function createOrigins(known: ReadonlyMap<string, RuleOrigin>): PolicyOrigins {
  return {
    newRules: MAIN_FILE,
    of(pointer) {
      for (let at: string = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
        const origin = known.get(at);
        if (origin) return { ...origin, pointer: (origin.pointer + pointer.slice(at.length)) as PolicyPointer }; // a pointer and more segments
      }
      return { pointer };
    },
  };
}
