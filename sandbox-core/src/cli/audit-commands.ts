import { Option, type Command } from 'commander';

import { currentHost } from '../host/host';
import { withLayerOptions } from './layers';
import type { CommandSetup } from './policy-commands';
import { withViolationFilter } from './violation-filter';

/** Names the audit log of commands, and of what reads it; an empty one names none. */
export const AUDIT_LOG_VARIABLE = 'SRT_AUDIT_LOG';

export function auditLogOption(flag: '--audit-log' | '--log', description: string): Option {
  const option = new Option(`${flag} <file>`, description);
  return process.env[AUDIT_LOG_VARIABLE] === '' ? option : option.env(AUDIT_LOG_VARIABLE);
}

/** The commands that read audit logs; what they need is loaded when one of them runs. */
export function registerAuditCommands(program: Command, { output, setStatus }: CommandSetup): void {
  program
    .command('audit')
    .description('audit logs, as srt --audit-log writes them')
    .command('verify')
    .description('report edits, cuts and missing ends; exit 1 if there are any')
    .argument('<file...>', 'the logs, each with what was rotated out of it')
    .option('--json', 'print the findings as JSON')
    .action(async (files: string[], options: Record<string, unknown>) => {
      const { auditVerifyCommand } = await import('./audit.js');
      setStatus(auditVerifyCommand(files, options, output));
    });
  withViolationFilter(withLayerOptions(program.command('violations')))
    .description('print what sessions were refused, under the rule that refused it')
    .addOption(auditLogOption('--log', 'the audit log'))
    .option('--json', 'print the violations as JSON')
    .action(async (options: Record<string, unknown>) => {
      const { violationsCommand } = await import('./violations.js');
      setStatus(violationsCommand(options, output));
    });
  withLayerOptions(program.command('stats'))
    .description('count what was refused by rule, host, path, program and day, and name rules that were never needed')
    .addOption(auditLogOption('--log', 'the audit log'))
    .option('--json', 'print the counts as JSON')
    .action(async (options: Record<string, unknown>) => {
      const { statsCommand } = await import('./stats.js');
      setStatus(await statsCommand(options, currentHost(), output));
    });
}
