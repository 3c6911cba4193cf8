// Generated from schemas/policy-test.schema.json by: npm run generate. Do not edit.

/**
 * Paths to read.
 *
 * Items: A path, relative to `directory`.
 */
export type Paths = string[];
/**
 * Paths to write.
 *
 * Items: A path, relative to `directory`.
 */
export type Paths1 = string[];

/**
 * What a policy is expected to allow and to deny. Run with `srt test`, or in VS Code's Test Explorer.
 */
export interface PolicyTestFile {
  /**
   * Location of this schema, for editors.
   */
  $schema?: string;
  /**
   * The policy that is tested: its path, relative to this file. A leading `~` is the home directory.
   */
  readonly policy?: string;
  /**
   * The directory that a command would be started in, relative to this file: relative paths of the policy and of the tests start from it.
   */
  readonly directory?: string;
  /**
   * The tests.
   *
   * @minItems 1
   */
  readonly tests: [PolicyTest, ...PolicyTest[]];
}
/**
 * One test: everything in its lists is expected to be allowed, or to be denied.
 */
export interface PolicyTest {
  /**
   * What the test is about, for people.
   */
  readonly name?: string;
  /**
   * The answer that is expected for everything in the lists.
   */
  readonly expect: 'allow' | 'deny';
  readonly read?: Paths;
  readonly write?: Paths1;
  /**
   * Hosts to connect to: `host` (port 443) or `host:port`.
   */
  readonly connect?: string[];
  /**
   * Command lines. Allowed: its programs, paths, hosts and redirections all are; denied: one of them is.
   */
  readonly command?: string[];
}
