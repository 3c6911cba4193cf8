// Generated from schemas/violation.schema.json by: npm run generate. Do not edit.

/**
 * One thing the sandbox refused, as written to a violations file (JSON Lines: one record a line).
 */
export interface Violation {
  /**
   * The version of this record's shape. 2: the rule comes from another file than the policy that was named, or from a named layer, and says so; anything else is still written as 1 outside of a session. 3: the record names its session. 4: the kind is `system-call` or `command`. 5: the source is `launch`.
   */
  readonly version: 1 | 2 | 3 | 4 | 5;
  /**
   * What was protected: the file system, the network, the machine from too much of something, or, since version 4, the kernel from a call (`system-call`) and what the policy's command rules name (`command`).
   */
  readonly kind: 'filesystem' | 'network' | 'limit' | 'system-call' | 'command';
  /**
   * What the program tried. `read`, `write` (open for writing), `create`, `remove`, `rename` and `change` (mode, owner, times, size) are about files; `connect` and `resolve` (a DNS name) are about hosts, `connect` about Unix sockets too; `request` is one HTTP request; `exceed` is about limits; `exec` is the start of a program, `call` another system call.
   */
  operation:
    | 'read'
    | 'write'
    | 'create'
    | 'remove'
    | 'rename'
    | 'change'
    | 'connect'
    | 'resolve'
    | 'request'
    | 'exceed'
    | 'exec'
    | 'call';
  /**
   * The absolute path (of a file or a Unix socket), `host:port` (a host alone for `resolve`), the limit's key, the words of a command, or the system call with what tells it from those that are allowed (`ptrace`, `socket AF_PACKET SOCK_RAW`). Control and direction characters are replaced by U+FFFD.
   */
  readonly target: string;
  /**
   * Who refused: the kernel (a mount, a mask, a supervised or filtered call), the network of the sandbox, its DNS responder, its HTTP proxy, or, since version 5, `srt` itself before the command was begun (`launch`).
   */
  readonly source: 'kernel' | 'network' | 'dns' | 'proxy' | 'launch';
  /**
   * The rule that decided.
   */
  readonly rule: PolicyRuleReference | DefaultRuleReference | BuiltInRuleReference;
  /**
   * The decision in words, as `srt explain` gives it.
   */
  readonly reason: string;
  /**
   * The process id inside the sandbox, where it is known.
   */
  readonly pid?: number;
  /**
   * The absolute path of the program, where it is known.
   */
  readonly program?: string;
  /**
   * The command that was run in the sandbox, as its arguments.
   */
  readonly command?: string[];
  /**
   * What started the command, for people: a terminal's or a task's name.
   */
  readonly task?: string;
  /**
   * Since version 3: the UUID of the session that refused.
   */
  readonly session?: string;
  /**
   * When it happened last, ISO 8601 in UTC.
   */
  readonly time: string;
  /**
   * How often the same thing was refused since this record was made: a session keeps the 1,000 latest.
   */
  readonly count: number;
}
/**
 * A rule of the policy.
 */
export interface PolicyRuleReference {
  readonly kind: 'policy';
  /**
   * JSON pointer (RFC 6901) to the rule in its file, `/filesystem/denyRead/2`.
   */
  readonly pointer: string;
  /**
   * Since version 2: the layer that the rule belongs to, where the policy has layers.
   */
  readonly layer?: 'user' | 'workspace';
  /**
   * Since version 2: the absolute path of the file that holds the rule, or `preset:NAME`. Absent: the policy that was named.
   */
  readonly file?: string;
}
/**
 * No rule names the target, and what no rule names is refused: a write outside of `allowWrite`, a host outside of `allowedDomains`.
 */
export interface DefaultRuleReference {
  readonly kind: 'default';
  /**
   * JSON pointer to the list that would have to name it.
   */
  readonly pointer: string;
}
/**
 * A protection that every policy has.
 */
export interface BuiltInRuleReference {
  readonly kind: 'built-in';
  /**
   * The protection's name, for instance `git-hooks`.
   */
  readonly name: string;
}
