import { SECRET_PLACES } from '../secret-places';
import { preset } from './preset';

export const strict = preset('Reads everything but well-known secrets; writes nothing; no network.', {
  network: { strictAllowlist: true },
  filesystem: { denyRead: [...SECRET_PLACES] },
});

export const workspace = preset('Reads everything but well-known secrets; writes the working directory; no network.', {
  extends: ['strict'],
  filesystem: { allowWrite: ['.'] },
});

export const offline = preset('No network, whatever else is allowed.', {
  network: { deniedDomains: ['*'], strictAllowlist: true },
});

/** Commands that undo the work of hours when a pattern matched more than was meant. The directory stays the boundary. */
export const careful = preset('Asks before commands that delete or run things in bulk (rm -r, find -exec, xargs), and says what to do instead.', {
  commands: {
    deny: [
      { command: 'find -delete', guidance: 'List the files first (find … -print), then remove those that are meant by name.' },
      { command: 'rm --no-preserve-root', guidance: 'Name the files that are meant.' },
    ],
    ask: [
      { command: 'rm -r', guidance: 'Move it aside instead (mkdir -p .trash && mv FOLDER .trash/), or remove single files by name.' },
      { command: 'rm -f', guidance: 'Use rm without -f, so that a wrong name is an error.' },
      { command: 'find -exec', guidance: 'List the files first (find … -print), then name them to one command, so that what it will touch is seen.' },
      { command: 'find -execdir', guidance: 'List the files first (find … -print), then name them to one command, so that what it will touch is seen.' },
      { command: 'find -ok', guidance: 'List the files first (find … -print), then name them to one command.' },
      { command: 'xargs', guidance: 'Name the files to one command, or write a loop over a list that was looked at: for f in FILES; do …; done' },
      { command: 'git clean -f', guidance: 'See what would go with git clean -n, and remove that by name.' },
      { command: 'git reset --hard', guidance: 'Keep the changes: git stash.' },
    ],
  },
});
