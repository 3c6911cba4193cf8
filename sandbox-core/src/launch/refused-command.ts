import { PolicyRefusedError } from '../errors';
import { commandViolation, type CommandInfo } from '../monitor/reports';
import type { ViolationStream } from '../monitor/violation-stream';
import { decideCommand, type ResolvedPolicy } from '../policy';

/** Records a command that was not begun because of the command rules; of a start that failed otherwise there is nothing to record. */
export function recordRefusedCommand(error: unknown, policy: ResolvedPolicy, info: CommandInfo, violations: ViolationStream): void {
  if (!(error instanceof PolicyRefusedError) || !error.isOfCommand) return;
  const decision = decideCommand(policy, info.command);
  if (decision.outcome !== 'allow') violations.add(commandViolation({ words: info.command, decision }, info, new Date()));
}
