/**
 * Stands in for the native module @vscode/spdlog on machines without a compiler. Without any, VS Code writes no
 * logs at all and OutputChannels of extensions stay silently empty, so tests of them would prove nothing.
 * Not done: rotation (a test run never fills 5 MB).
 */
const fs = require('node:fs');
const path = require('node:path');

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
const DEFAULT_LEVEL = LEVELS.indexOf('info');

class Logger {
  constructor(_type, _name, file) {
    this.file = file;
    this.level = DEFAULT_LEVEL;
    this.isRaw = false;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.appendFileSync(file, '');
  }

  getLevel() {
    return this.level;
  }

  setLevel(level) {
    this.level = level;
  }

  /** VS Code only ever asks for one pattern, the one `line` writes. */
  setPattern() {
    this.isRaw = false;
  }

  /** Output channels bring their own line ends. */
  clearFormatters() {
    this.isRaw = true;
  }

  /** Every write is synchronous, so there is nothing to flush or to close. */
  flush() {}

  drop() {}

  write(level, message) {
    if (level >= this.level) fs.appendFileSync(this.file, this.isRaw ? message : line(level, message));
  }
}

for (const [level, method] of ['trace', 'debug', 'info', 'warn', 'error', 'critical'].entries()) {
  Logger.prototype[method] = function logAtLevel(message) {
    this.write(level, message);
  };
}

function line(level, message) {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 23)} [${LEVELS[level]}] ${message}\n`;
}

async function createLogger(name, file, maxFileSize, maxFiles) {
  return new Logger('rotating', name, file, maxFileSize, maxFiles);
}

// One `exports.x =` each: VS Code imports this with import(), which finds the names by reading the text.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
