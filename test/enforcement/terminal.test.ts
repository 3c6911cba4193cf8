import { strict as assert } from 'node:assert';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { srtCommand, srtProgram } from '../support/cli';
import { policyOf } from '../support/policies';
import { eventually, isStopped, processesWith } from '../support/processes';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';
import { openTerminal, type TestTerminal } from '../support/terminal';

const skip = whyNotEnforced() ?? false;

function openProject(context: TestContext): string {
  return temporaryDirectory({ after: (undo) => context.after(undo) }, { 'policy.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } })) });
}

/** The script that Node runs; and the native front, when it has a launch that was kept, and needs no Node. */
const programs = {
  'started by Node': { words: `'${process.execPath}' '${srtCommand}'`, before: 'true' },
  'started by the front': { words: `'${srtProgram}'`, before: 'srt /usr/bin/true; PATH=/none srt /usr/bin/true' },
} as const;

for (const [how, program] of Object.entries(programs)) describe(`a sandboxed shell on a terminal, ${how}`, { skip }, () => {
  /** An ordinary interactive bash, or `srt bash` in it. */
  async function openShell(context: TestContext, directory = openProject(context)): Promise<TestTerminal> {
    const home = temporaryDirectory({ after: (undo) => context.after(undo) });
    const terminal = openTerminal({ after: (undo) => context.after(undo) }, 'bash', ['--norc', '--noprofile', '-i'], { cwd: directory, env: { HOME: home } });
    terminal.type(`srt() { ${program.words} -s '${directory}/policy.json' "$@"; }; ${program.before}; echo "begun $?"; PS1='ou''ter> '\r`);
    await terminal.expect(/begun 0\r\n/);
    return terminal;
  }

  it('has job control, the size of the terminal, and hands on its exit status', async (context) => {
    const terminal = await openShell(context);
    await terminal.expect(/outer> /);
    terminal.type("srt bash --norc --noprofile -i\r");
    await terminal.expect(/outer> /);
    terminal.type("PS1='in''ner> '\r");
    await terminal.expect(/inner> /);
    terminal.type('stty size; tty\r');
    await terminal.expect(/24 80\r\n\/dev\/(console|pts\/\d+)\r\n/);
    // Each key is pressed once the program is known to run: earlier, it may meet the shell. (The quotes tell output from echo.)
    terminal.type("bash -c 'trap \"echo back\" CONT; echo star\"\"ted; while :; do sleep 0.05; done'\r");
    await terminal.expect(/started\r\n/);
    terminal.type('\x1a');
    await terminal.expect(/\[1\]\+ +Stopped/);
    terminal.type('fg\r');
    await terminal.expect(/back\r\n/);
    terminal.type('\x03');
    await terminal.expect(/inner> /);
    terminal.type('echo "status $?"\r');
    await terminal.expect(/status 130/);
    terminal.pty.resize(100, 40);
    terminal.type('stty size\r');
    await terminal.expect(/40 100/);
    terminal.type('exit 9\r');
    await terminal.expect(/outer> /);
    terminal.type('echo "status $?"\r');
    await terminal.expect(/status 9/);
  });

  it('is one job to the shell around it: it stops, continues, and gives the terminal back', async (context) => {
    const terminal = await openShell(context);
    await terminal.expect(/outer> /);
    terminal.type("srt sh -c 'echo star\"\"ted; exec cat'\r");
    await terminal.expect(/started\r\n/);
    terminal.type('hello\r');
    await terminal.expect(/hello\r\nhello\r\n/);
    terminal.type('\x1a');
    await terminal.expect(/Stopped[^\n]*\r\n.*outer> /);
    terminal.type('echo "outside $((1 + 1))"\r');
    await terminal.expect(/outside 2/);
    terminal.type('fg\r');
    await terminal.expect(/"\$@"\r\n/);
    terminal.type('again\r');
    await terminal.expect(/again\r\nagain\r\n/);
    terminal.type('\x04');
    await terminal.expect(/outer> /);
    terminal.type('echo "status $?"\r');
    await terminal.expect(/status 0/);
  });

  it('leaves the terminal alone when it is a job in the background, from its start or from a stop on', async (context) => {
    const directory = openProject(context);
    const terminal = await openShell(context, directory);
    await terminal.expect(/outer> /);
    terminal.type("set -b; srt sh -c 'until test -e end; do :; done' &\r");
    await terminal.expect(/\[1\] \d+[^\n]*\r\n.*outer> /);
    writeFileSync(join(directory, 'end'), '');
    await terminal.expect(/Done/);
    terminal.type('\recho "inside $((1 + 1))"\r');
    await terminal.expect(/inside 2/);
    // Nothing is started in the loop: what is stopped between vfork(2) and exec keeps the shell from stopping.
    terminal.type("srt sh -c 'echo star\"\"ted; until test -e go; do :; done'\r");
    await terminal.expect(/started\r\n/);
    terminal.type('\x1a');
    await terminal.expect(/Stopped[^\n]*\r\n.*outer> /);
    terminal.type('bg; echo "outside $((1 + 1))"\r');
    await terminal.expect(/outside 2/);
    terminal.type('touch go; wait %1; echo "over $((1 + 1))"\r');
    await terminal.expect(/over 2/);
    terminal.type('exit 7\r');
    assert.equal((await terminal.exited).exitCode, 7);
  });

  it('stops and continues as part of a pipeline', async (context) => {
    const terminal = await openShell(context);
    await terminal.expect(/outer> /);
    terminal.type("srt sh -c 'echo star\"\"ted; read line; echo \"got $line\"' | cat\r");
    await terminal.expect(/started\r\n/);
    terminal.type('\x1a');
    await terminal.expect(/Stopped[^\n]*\r\n.*outer> /);
    // It shares the terminal, and the shell waits for its own children alone: what still reads would get the first key (n_tty_read).
    await eventually(() => processesWith('echo "got $line"').every(isStopped), 'the command is stopped');
    terminal.type('fg\r');
    await terminal.expect(/\| cat\r\n/);
    terminal.type('a line\r');
    await terminal.expect(/got a line\r\n/);
    assert.doesNotMatch((await terminal.expect(/outer> /)).input, /Stopped/);
  });

  for (const [how, redirections] of [['shares its terminal', '</dev/null >out'], ['has its terminal to itself', '']] as const)
    it(`ends, stopped, when its terminal does: a command that ${how}`, async (context) => {
      const directory = openProject(context);
      const terminal = await openShell(context, directory);
      await terminal.expect(/outer> /);
      terminal.type(`srt sh -c 'echo star""ted >&2; exec sleep 1000' ${redirections}\r`);
      await terminal.expect(/started\r\n/);
      terminal.type('\x1a');
      await terminal.expect(/Stopped[^\n]*\r\n.*outer> /);
      assert.ok(existsSync(join(directory, '.vscode')));
      terminal.hangUp();
      await eventually(() => !existsSync(join(directory, '.vscode')), 'the placeholders are gone');
    });

  it('leaves the terminal to the rest of a pipeline, and to the script that called it', async (context) => {
    const terminal = await openShell(context);
    await terminal.expect(/outer> /);
    terminal.type('echo piped | srt cat | sed "s/^/got /"\r');
    await terminal.expect(/got piped/);
    terminal.type("declare -f srt > f.sh; bash -c '. ./f.sh; srt true; read line; echo \"read $line\"'\r");
    terminal.type('from the terminal\r');
    await terminal.expect(/read from the terminal/);
  });

  it('ends with Ctrl-C like any command', async (context) => {
    const terminal = await openShell(context);
    await terminal.expect(/outer> /);
    // Once it says so: before that, the interrupt may meet the outer shell between fork and exec, which loses it.
    terminal.type("srt sh -c 'echo star\"\"ted; exec sleep 100'\r");
    await terminal.expect(/started\r\n/);
    terminal.type('\x03');
    await terminal.expect(/outer> /);
    terminal.type('echo "status $?"\r');
    assert.match((await terminal.expect(/status \d+/))[0], /status 130/);
    terminal.type("srt sh -c 'echo star\"\"ted; exec sleep 100' | cat\r");
    await terminal.expect(/started\r\n/);
    terminal.type('\x03');
    assert.doesNotMatch((await terminal.expect(/outer> /)).input, /Error/);
  });
});

describe('a command on a terminal without a policy of its own', { skip }, () => {
  it('needs no Node the second time', async (context) => {
    const home = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'ws/': '' });
    const terminal = openTerminal({ after: (undo) => context.after(undo) }, 'bash', ['--norc', '--noprofile', '-i'], { cwd: join(home, 'ws'), env: { HOME: home } });
    terminal.type(`'${srtProgram}' /usr/bin/true; PATH=/none '${srtProgram}' /usr/bin/true; echo "ended $?"\r`);
    await terminal.expect(/ended 0\r\n/);
  });
});
