import { posix } from 'node:path';

import type { HostAnswer, HostQuestion } from 'sandbox-core';
import { printable } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { describePolicy, type PolicyChoice } from '../policy-choice';
import type { AskUser } from '../sandboxes';
import { createQuestionLimit } from './question-limit';

/** More in a minute are not put to anybody: a program that tries host after host must not wear the user down to a "yes". */
const MAX_A_MINUTE = 10;
const MAX_PROGRAM = 40;

interface Choice extends vscode.MessageItem {
  readonly answer: HostAnswer;
}

/** Asks in a notification, one question at a time. Whatever is not a clear yes is a no. */
export function createAskPrompt(log: vscode.LogOutputChannel): AskUser {
  const limit = createQuestionLimit(MAX_A_MINUTE, Date.now);
  let last: Promise<unknown> = Promise.resolve();
  return (question, policy, lapsed) => {
    if (!limit.admits()) {
      log.warn(`not asked about ${question.host}:${question.port}: more than ${MAX_A_MINUTE} questions in a minute`);
      return Promise.resolve('deny');
    }
    const answer = last.then(() => (lapsed.isCancellationRequested ? 'deny' : askOnce(question, policy, lapsed)));
    last = answer.catch(() => undefined);
    return answer;
  };
}

async function askOnce(question: HostQuestion, policy: PolicyChoice, lapsed: vscode.CancellationToken): Promise<HostAnswer> {
  const choices: Choice[] = [
    { title: vscode.l10n.t('Allow Once'), answer: 'once' },
    { title: vscode.l10n.t('This Session'), answer: 'session' },
    ...(policy.path === undefined ? [] : [{ title: vscode.l10n.t('Always'), answer: 'always' } as const]),
    { title: vscode.l10n.t('Deny'), answer: 'deny' },
  ];
  const lapse = new Promise<undefined>((resolve) => lapsed.onCancellationRequested(() => resolve(undefined)));
  const chosen = await Promise.race([vscode.window.showWarningMessage(questionText(question, policy), ...choices), lapse]);
  if (lapsed.isCancellationRequested || !chosen) return 'deny';
  if (chosen.answer === 'always') await (await import('../on-demand.js')).editPolicyFile(policy, question.edit, 'save');
  return chosen.answer;
}

/** The host is in its ASCII form; the program's name is whatever its author chose, and square brackets would make links of it. */
export function questionText({ host, port, caller }: HostQuestion, policy: PolicyChoice): string {
  const program = caller && caller.program !== '' ? plainWords(posix.basename(caller.program)) : vscode.l10n.t('a program');
  const who = caller?.task === undefined ? program : vscode.l10n.t('{0} in "{1}"', program, plainWords(caller.task));
  return vscode.l10n.t('{0} wants to connect to {1} port {2}. No rule of {3} covers that host.', who, plainWords(host, 253), port, describePolicy(policy));
}

function plainWords(text: string, length: number = MAX_PROGRAM): string {
  return printable(text, length).replaceAll(/[[\]<>`*]/g, '·');
}
