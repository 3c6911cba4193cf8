/*
 * `srt-helper run`: starts one sandboxed command.
 *
 * It gets a launch from Node (over an inherited channel, or over a session's socket when something else than Node starts
 * the process: a terminal, a shell), joins the pod's user and network namespaces and becomes bubblewrap.
 *
 *   srt-helper run --channel FD [--ignored SIGNALS]
 *                                                  the channel to Node is FD; Node sends the launch unasked
 *   srt-helper run --session SOCKET --label TEXT [--signals-delivered] -- COMMAND...
 *                                                  asks the session at SOCKET for a launch of COMMAND here; TEXT names
 *                                                  what started it, for people
 *
 * With a channel, or with --signals-delivered, whoever starts it gets signals to the process group too and hands them to the
 * command (through Node, or with "signal" to the session): bubblewrap itself ignores them.
 *
 * The command ignores those of the delivered signals that this was started to ignore, and SIGNALS (signals.h), as Node starts nothing so.
 *
 * launch frame from Node: "launch", bwrap's path, pod pid, user namespace inode, network namespace inode,
 *                         bwrap's arguments (NUL-terminated each), the init settings (a sequence of frames),
 *                         throw-away layers and what is kept out of them (layers.h),
 *                         the cgroup.procs of a cgroup that limits the command, or nothing,
 *                         the file that the session's supervisors take turns with (turns.h)
 */
#ifndef SRT_RUN_H
#define SRT_RUN_H

int run_main(int argc, char **argv);

#endif
