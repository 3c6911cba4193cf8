/** Every command that package.json contributes (a test holds the two together). */
export const COMMANDS = {
  newTerminal: 'srt.newTerminal',
  runTask: 'srt.runTask',
  openPolicy: 'srt.openPolicy',
  showActions: 'srt.showActions',
  showViolations: 'srt.showViolations',
  clearViolations: 'srt.clearViolations',
  openRule: 'srt.violations.openRule',
  allowViolation: 'srt.violations.allow',
  ignoreViolation: 'srt.violations.ignore',
  copyViolation: 'srt.violations.copy',
  groupViolations: 'srt.violations.groupBy',
  explainViolations: 'srt.explainViolations',
  tryTarget: 'srt.tryTarget',
  whichRule: 'srt.whichRule',
  showLog: 'srt.showLog',
} as const;
