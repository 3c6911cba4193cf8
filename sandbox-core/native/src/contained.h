/*
 * What containers run.
 *
 *   srt-helper contained SOCKET "terminal" | "background"
 *       pid 1 of a container: connects to Node at SOCKET, gets its settings from there (one frame "settings", with those of
 *       init.h), and is `srt-helper init` then. No engine but Podman hands descriptors to a container; all mount sockets.
 *       "terminal": the container has one to itself.
 *   srt-helper hold
 *       pid 1 of a container that only keeps a network, for as long as its standard input is open. Says "held" when it does.
 */
#ifndef SRT_CONTAINED_H
#define SRT_CONTAINED_H

int contained_main(int argc, char **argv);
int hold_main(int argc, char **argv);

#endif
