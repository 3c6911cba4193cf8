import fc from 'fast-check';

/** The same cases in every run, so that a change is red or green by itself; SRT_SEED=NUMBER tries others. */
fc.configureGlobal({ seed: Number(process.env['SRT_SEED'] ?? 20_260_101) });

export { fc };
