import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { fc } from '../../support/properties';
import { decideCommand, type Policy } from 'sandbox-core/policy';

import { policyOf } from '../../support/policies';

const decide = (commands: Policy['commands'], argv: readonly string[]): string => {
  const { outcome, rule, guidance } = decideCommand({ source: policyOf({ ...(commands && { commands }) }) }, argv);
  return [outcome, rule.kind === 'built-in' ? rule.name : rule.pointer, ...(guidance === undefined ? [] : [guidance])].join(' ');
};

const RULES: Policy['commands'] = { deny: [{ command: 'git push', guidance: 'open a pull request' }, 'sudo', 'rm -r', 'curl'], ask: ['npm publish', 'git commit --amend'] };
const PUSH = 'deny /commands/deny/0 open a pull request';

/** A shell line, and what the rules above make of it. */
const LINES: readonly (readonly [line: string, decision: string])[] = [
  ['git push', PUSH],
  ['git -C x push --force', PUSH],
  ['git -c a=b --git-dir=/x --no-pager push', PUSH],
  ['/usr/bin/git push', PUSH],
  ["'git' \"push\"", PUSH],
  ['g\\it pu""sh', PUSH],
  ['cd x && git push', PUSH],
  ['true | (git push)', PUSH],
  ['if true; then git push; fi', PUSH],
  ['for i in a b; do { git push; }; done', PUSH],
  ['f() { git push; }; f', PUSH],
  ['echo $(git push)', PUSH],
  ['echo "a `git push`"', PUSH],
  ['cat <(git push)', PUSH],
  ['cat <<E\n$(git push)\nE', PUSH],
  ['x=$(git push)', PUSH],
  ['echo ${x:-$(git push)}', PUSH],
  ['A=1 B=2 git push', PUSH],
  ["bash -c 'git push'", PUSH],
  ["bash -euxc 'sh -c \"git push\"'", PUSH],
  ['env A=1 git push', PUSH],
  ['env -u A -i git push', PUSH],
  ["bash -euo pipefail -c 'git push'", PUSH],
  ["bash --rcfile x -O extglob -Cc 'git push'", PUSH],
  ["bash -o pipefail build.sh -c 'git push'", 'allow /commands/allow'],
  ["env -S 'git push'", PUSH],
  ['env -iS git push', PUSH],
  ["env -S'git -C' \"it's\" push", PUSH],
  ['env -S git log push', 'allow /commands/allow'],
  ['doas -nu root git push', PUSH],
  ['doas -nuroot git push', PUSH],
  ['exec -la x git push', PUSH],
  ['nice -n5 git push', PUSH],
  ["trap -- 'git push' EXIT", PUSH],
  ['ls | xargs --max-chars 5 git push', PUSH],
  ['flock -w 5 lock git push', PUSH],
  ["flock lock -c 'git push'", PUSH],
  ['flock lock git -c a=b push', PUSH],
  ["su - root -c 'git push'", PUSH],
  ["runuser root --command='git push'", PUSH],
  ['runuser -u root -- git -c a=b push', PUSH],
  ['nohup nice -n 5 timeout -k 1 5 git push', PUSH],
  ['echo x | xargs -n 1 git push', PUSH],
  ['find . -name x -exec git push \\;', PUSH],
  ['eval "git push"', PUSH],
  ["trap 'git push' EXIT", PUSH],
  ['trap - EXIT', 'allow /commands/allow'],
  ["trap -- '-' EXIT", 'allow /commands/allow'],
  ['trap curl EXIT', 'deny /commands/deny/3'],
  ['command -v curl', 'allow /commands/allow'],
  ['command -p -V curl sudo', 'allow /commands/allow'],
  ['command -pv "$x" && git push', PUSH],
  ['command -v $(curl x)', 'deny /commands/deny/3'],
  ['command curl -v', 'deny /commands/deny/3'],
  ['command -p curl -v', 'deny /commands/deny/3'],
  ['command -- curl -v', 'deny /commands/deny/3'],
  ['command $x curl -v', 'ask /commands/ask'],
  ['./command -v curl', 'deny /commands/deny/3'],
  ['exec git push', PUSH],
  ['! git push &', PUSH],
  ['git push > /dev/null 2>&1', PUSH],
  ['rm -fr x', 'deny /commands/deny/2'],
  ['rm x > log 2>&1 < y', 'allow /commands/allow'],
  ["git commit -F - <<'E'\nx\nE", 'allow /commands/allow'],
  ['git > log push', PUSH],
  ["bash <<'E'\ngit push\nE", PUSH],
  ['env -u x sh -s a <<< "git push"', PUSH],
  ["bash -x 2>&1 <<'E'\nmake\nE", 'allow /commands/allow'],
  ['bash <<E\n$x\nE', 'ask /commands/ask'],
  ['bash < $x', 'ask /commands/ask'],
  ['bash build.sh < x', 'allow /commands/allow'],
  ['export A=1 B="$x" C=; make', 'allow /commands/allow'],
  ['export A=$(git push)', PUSH],
  ["alias p='git push' && declare -A x=([a]=$b)", 'allow /commands/allow'],
  ['rm x', 'allow /commands/allow'],
  ['git commit -m "git push"', 'allow /commands/allow'],
  ['git commit -m push', 'allow /commands/allow'],
  ['git log push', 'allow /commands/allow'],
  ['echo git push', 'allow /commands/allow'],
  ['git pushy', 'allow /commands/allow'],
  ["grep 'git push' a", 'allow /commands/allow'],
  ['git commit --amend -m x', 'ask /commands/ask/1'],
  ['npm --prefix x publish', 'ask /commands/ask/0'],
  ['npm publish; git push', PUSH],
  ['$cmd push', 'ask /commands/ask'],
  ['CC=echo; $CC hi', 'ask /commands/ask'],
  ['$cmd; git push', PUSH],
  ['env FOO=$HOME echo hi', 'allow /commands/allow'],
  ['env PATH=$PATH:/x "FOO=$x" make', 'allow /commands/allow'],
  ['env PATH=$PATH:/x git push', PUSH],
  ['env FOO=$x $cmd', 'ask /commands/ask'],
  ['env $x make', 'ask /commands/ask'],
  ['bash -c "A=$x git push"', 'ask /commands/ask'],
  ['env -S "A=$x git push"', 'ask /commands/ask'],
  ['eval A=$x make', 'ask /commands/ask'],
  ['git A=$x push', 'allow /commands/allow'],
  ['git $action', PUSH],
  ['echo "$x"', 'allow /commands/allow'],
  ['bash -c "$x"', 'ask /commands/ask'],
  ['if true; then (', 'ask /commands/ask'],
];

describe('command rules', () => {
  it('judge what a shell line would run, never its text', () => {
    for (const [line, expected] of LINES) assert.equal(decide(RULES, ['bash', '-c', line]), expected, line);
  });

  it('leave a program that is not known to those who can be asked, unless a rule is about every program', () => {
    const { outcome, reason } = decideCommand({ source: policyOf({ commands: { deny: ['sudo'] } }) }, ['bash', '-c', '$X push']);
    assert.deepEqual([outcome, reason], ['ask', 'the program of "… push" is only known when it runs']);
    assert.equal(decide({ deny: ['* push'] }, ['bash', '-c', '$X push']), 'deny /commands/deny/0');
  });

  it('hold a value that is not known against a rule that names one', () => {
    assert.equal(decide({ deny: ['make STAGE=live'] }, ['bash', '-c', 'make STAGE=$x']), 'deny /commands/deny/0');
    assert.equal(decide({ deny: ['make STAGE=live'] }, ['bash', '-c', 'make OTHER=$x']), 'allow /commands/allow');
    assert.equal(decide({ allow: ['make STAGE=live'] }, ['bash', '-c', 'make STAGE=$x']), 'deny /commands/allow');
    assert.equal(decide({ deny: ['export STAGE=live'] }, ['bash', '-c', 'export STAGE="$x"']), 'deny /commands/deny/0');
    assert.equal(decide({ deny: ['export STAGE=live'] }, ['bash', '-c', 'export STAGE=test']), 'allow /commands/allow');
  });

  it('judge an argument vector as it is: nothing in it is a shell\'s', () => {
    assert.equal(decide(RULES, ['git', 'push']), PUSH);
    assert.equal(decide(RULES, ['echo', '$(git push)', '; git push']), 'allow /commands/allow');
  });

  it('let nothing through that no entry covers, where there is a list of what is allowed', () => {
    const rules: Policy['commands'] = { allow: ['git', 'npm test'], deny: ['git push'] };
    const line = (text: string): string => decide(rules, ['bash', '-c', text]);
    assert.equal(line('cd x && git status && npm test'), 'allow /commands/allow');
    assert.equal(line('git push'), 'deny /commands/deny/0');
    assert.equal(line('git status; make'), 'deny /commands/allow');
    assert.equal(line('npm install'), 'deny /commands/allow');
    assert.equal(line('npm --silent test x'), 'deny /commands/allow', 'test could be the value of an option');
    assert.equal(line('$x'), 'deny /commands/allow');
    assert.equal(line('npm $x'), 'deny /commands/allow');
    assert.equal(line('git ('), 'deny /commands/allow');
    assert.equal(decide(rules, ['bash', 'script.sh']), 'deny /commands/allow', 'a script is not looked into');
  });

  it('take a program for the builtin of its name only where the system keeps it', () => {
    const answers = (...lines: string[]): string[] => [...new Set(lines.map((line) => decide({ allow: ['make'] }, ['bash', '-c', line])))];
    assert.deepEqual(answers('echo x', '/bin/echo x', '/usr/bin/test -e x'), ['allow /commands/allow']);
    assert.deepEqual(answers('./echo x', 'bin/true', '/tmp/bin/echo', '~/bin/test'), ['deny /commands/allow']);
  });

  it('want no entry for what only starts others, wherever it stands', () => {
    const rules: Policy['commands'] = { allow: ['make', 'ls'] };
    const line = (text: string): string => decide(rules, ['bash', '-c', text]).split(' ')[0] ?? '';
    const allowed = ['timeout 5 make', 'cd x && env A=1 nice make', "bash -c 'make'", 'eval make', "trap make EXIT", 'nohup timeout 5 sh -c "make; ls"', 'ls | xargs make', "bash <<'E'\nmake\nE", 'command -v rm && make', 'trap - EXIT; make', "trap '' INT"];
    for (const text of allowed) assert.equal(line(text), 'allow', text);
    const refused = ['command -p rm -v', './command -v', "trap -- 'rm x' EXIT", 'trap "$x" EXIT', 'timeout 5 rm x', 'env', 'timeout 5', "bash -c ''", 'timeout 5 nice rm x', 'find . -delete -exec ls {} +', 'bash x.sh'];
    for (const text of refused) assert.equal(line(text), 'deny', text);
    assert.equal(decide(rules, ['timeout', '5', 'nice', 'make']), 'allow /commands/allow');
    assert.equal(decide(rules, ['find', '.', '-delete', '-exec', 'ls', '{}', '+']), 'deny /commands/allow', 'find does things itself');
    assert.equal(decide({ allow: ['ls', 'find'] }, ['find', '.', '-exec', 'ls', '{}', '+']), 'allow /commands/allow/1');
  });

  it('want no entry for a function of the line, where it is there for certain', () => {
    const line = (text: string): string => decide({ allow: ['ls'] }, ['bash', '-c', text]).split(' ')[0] ?? '';
    for (const text of ['f() { ls; }; f', 'function f { ls; }; f a', 'f() { ls; }; cd x && echo "$(f)"', 'f() ( ls )\nf | f']) assert.equal(line(text), 'allow', text);
    const refused = ['f() { make; }; f', 'f; f() { ls; }', 'if false; then f() { ls; }; fi; f', '(f() { ls; }); f', 'f() { ls; } | ls; f', 'f() { ls; } & f', 'f() { ls; }; unset -f f; f', 'f() { ls; }; eval "unset f"; f', 'f() { ls; }; env f', 'f() { ls; }; command f', '/bin/f() { ls; }; /bin/f'];
    for (const text of refused) assert.equal(line(text), 'deny', text);
  });

  it('say nothing where there are none', () => {
    assert.equal(decide(undefined, ['anything']), 'allow /commands/deny');
    assert.equal(decide({ deny: [] }, ['bash', '-c', '(']), 'allow /commands/deny');
  });

  it('leave to somebody, in time, what nobody writes', () => {
    const full = (unit: string, before = ''): string => (before + unit.repeat(100_000 / unit.length)).slice(0, 100_000);
    const lines = ['<<E', '$(case a in a) #\n', '$[$(case a in a)#\n', '`$((', 'eval ', 'a;', 'f(){ a; };'].map((unit) => full(unit));
    const nested = [full("-exec bash -c 'a;a;a' \\; ", 'find '), full('a[$(', 'cat <<E\n'), full("bash -c 'git a; git b';"), full('echo a\n', '$(case a in a) #\n'.repeat(160))];
    for (const line of [...lines, ...nested]) {
      const begun = performance.now();
      assert.equal(decide(RULES, ['bash', '-c', line]), 'ask /commands/ask', line.slice(0, 40));
      assert.ok(performance.now() - begun < 1500, line.slice(0, 40)); // some 100 ms; seconds without bounds
    }
  });

  it('judge what somebody writes, however long', () => {
    const code = 'std::cout << "a" << b; // (case a in)\nfoo(x) # bar\n';
    assert.equal(decide(RULES, ['bash', '-c', `cat > a.cc <<'E'\n${code.repeat(950)}E\ngit push`]), PUSH);
    const script = 'x=$(cut -d: -f1 <<< "$y") # first\nif [ -n "${x}" ]; then run "$x"; fi\ncase $x in a) echo `date`;; esac\n';
    assert.equal(decide(RULES, ['bash', '-c', `cat > a.sh <<'E'\n${script.repeat(45)}E\ngit push`]), PUSH);
    assert.equal(decide(RULES, ['bash', '-c', `git commit -m "$(cat <<'E'\n${'some words (with brackets), and more\n'.repeat(2500)}E\n)" && git push`]), PUSH);
  });

  it('never fail, and end, whatever the line', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom(...'$(){};|&\'"`<>\n\\ agit'.split(''), 'git push', '$(', '<<E\n', '${', 'bash -c ', 'export ', 'a=', 'env -S ')).map((parts) => parts.join(''))), (line) => void decide(RULES, ['bash', '-c', line])), { numRuns: 500 });
    assert.match(decide(RULES, ['bash', '-c', 'bash -c '.repeat(50) + 'x']), /^(ask|allow)/);
    assert.equal(decide(RULES, ['bash', '-c', '$('.repeat(100_000)]), 'ask /commands/ask');
    assert.equal(decide(RULES, ['bash', '-c', 'f() '.repeat(20_000)]), 'ask /commands/ask');
    assert.equal(decide(RULES, ['bash', '-c', `${'echo $('.repeat(100)}git push${')'.repeat(100)}`]), PUSH, 'each command is judged once');
    assert.equal(decide(RULES, ['npm', ...Array<string>(20_000).fill('-x')]), 'allow /commands/allow', 'an option with or without a value');
    assert.match(decide(RULES, ['bash', '-c', 'find . -exec '.repeat(5000)]), /^(ask|allow)/);
    assert.equal(decide(RULES, ['find', '.', '-exec', 'a', ';', '-exec', 'git', 'push', '+']), PUSH);
  });
});
