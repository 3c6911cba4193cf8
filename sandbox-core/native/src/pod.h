/*
 * The network pod: the process that holds a session's empty network namespace.
 *
 * It is started by bubblewrap inside a new user and network namespace with CAP_NET_ADMIN and CAP_NET_BIND_SERVICE there
 * and nothing else, after a first moment with CAP_SYS_ADMIN in which it sees whether pid 1 of a sandbox will be able to
 * make mounts (mounts.h). It makes every address local to the namespace (AnyIP), opens listening sockets on request and hands
 * them to Node over Node's own IPC channel, then waits. When the control pipe closes (Node has ended, however), it
 * removes what the session left on disk and ends; the namespace goes with the last process in it.
 *
 * fd 0: control frames from Node.  fd 3: Node's IPC channel.
 */
#ifndef SRT_POD_H
#define SRT_POD_H

/* argv[0] is the session's private directory, removed at the end. */
int pod_main(int argc, char **argv);

#endif
