import { takeFront } from './front';
import { main } from './main';

const done = { command: false };

/** For load-bundle.js: running a command is what is done most, and where each millisecond of starting counts. */
export const worthKeeping = (): boolean => done.command;

const run = async (): Promise<number> => main(process.argv.slice(2), { front: takeFront(process.env), onRun: () => (done.command = true) });

run().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
