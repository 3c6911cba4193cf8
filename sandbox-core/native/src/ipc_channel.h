/*
 * Node's IPC channel, from the side of a child that is not Node: lines of JSON, a descriptor attached to some of them.
 *
 * Node sends {"cmd":"NODE_HANDLE","type":"net.Native","msg":MESSAGE} with one descriptor and sends no other one before it
 * is answered with {"cmd":"NODE_HANDLE_ACK"}. What we send is numbers and constants, so no escaping is needed.
 */
#ifndef SRT_IPC_CHANNEL_H
#define SRT_IPC_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

/* `line` ends with a newline. `attached_fd` -1: none. Ends the program if Node cannot be told. */
void ipc_send(const char *line, int attached_fd);

/* Called for each line with a descriptor, which the callee then owns. */
typedef void ipc_handle_receiver(const char *line, int fd);

/* Reads what is there, acknowledges descriptors. False: Node has gone. */
bool ipc_receive(ipc_handle_receiver *receive);

/* The number behind "KEY": in a line, or false. */
bool ipc_number(const char *line, const char *key, uint64_t *out);

#endif
