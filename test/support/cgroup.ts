import { currentHost } from 'sandbox-core';
import { findDelegatedCgroup } from 'sandbox-core/internal/host/delegated-cgroup';

export const delegated = findDelegatedCgroup(currentHost());

/** Limits then hold for a command as a whole, for root too: docs/processes.md. */
export const isDelegated = delegated?.controllers.includes('memory') === true && delegated.controllers.includes('pids');
