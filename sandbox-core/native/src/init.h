/*
 * `srt-helper init`: pid 1 of the sandbox, started by bubblewrap (`--as-pid-1`) inside the finished mounts, or with what
 * it needs to make them: mounts.h.
 *
 * Guarantees:
 * 1. The command starts with the seccomp filter, no new privileges and no descriptor but 0, 1 and 2.
 * 2. Whatever ends (the command, Node, this process), every process of the sandbox ends with it.
 * 3. The command's exit status is ours; a signal n becomes 128+n.
 * 4. The command cannot read or trace this process (it is not dumpable).
 * 5. Neither has a capability in the namespace that owns the mounts; the command has none at all: privileges.h.
 *
 * argv: CHANNEL_FD SETTINGS_FD "foreground" | "background" | "terminal" (contained.h) UID GID TURNS_FD TERMINAL IGNORED
 * TERMINAL: the path of standard output on the host, "-" if that is none
 * IGNORED: signals that the command begins with ignoring: signals.h
 * settings: frames, each ["argv", strings], ["environment", strings], ["directory", path], ["filter", program],
 *           ["masked", strings], ["guarded", names, patterns], ["performs", see supervisor.h], ["only-watches-programs"], ["limit", name, number],
 *           ["unix-sockets", strings] | ["any-unix-socket"], ["nested-namespaces"], ["outer-processes"], those of mounts.h
 * to Node:   "started" | "limit", name | "exit", code, signal | "stopped", signal, whether it was asked | what the supervisor reports
 * from Node: "signal", number | "continue", whether the terminal goes with it | "is-stopped" | "kill" | what the supervisor takes
 *
 * Node may have been stopped together with the command, and reads of it when both run again: it asks before it acts on "stopped".
 */
#ifndef SRT_INIT_H
#define SRT_INIT_H

int init_main(int argc, char **argv);
int supervision_main(int argc, char **argv);

#endif
