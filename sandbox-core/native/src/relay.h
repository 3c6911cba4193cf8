/*
 * The data plane: joins a connection inside the sandbox's network with one outside, by splice(2), so that their bytes pass
 * neither through Node nor through our memory.
 *
 * Node has judged the connection, hands over both sockets and hears of the end with the bytes that were carried each way.
 * An end of file in one direction is passed on and leaves the other one open; an error resets both connections.
 */
#ifndef SRT_RELAY_H
#define SRT_RELAY_H

#include <stdbool.h>
#include <stdint.h>

void relay_start(void);
/* Readable when relay_serve() has something to do. */
int relay_descriptor(void);
/* There is more to do at once. */
bool relay_is_busy(void);
void relay_serve(void);

/* A handle that Node sent: {"relay":ID,"side":0|1,"hello":0|1} or {"publish":ID,"port":PORT}; others are closed. */
void relay_take_handle(const char *line, int fd);

/*
 * With "hello":1 a connection whose first bytes are a TLS handshake waits until Node has looked at them:
 * verdict 0 ends it, 1 lets it pass, any other number asks for that many bytes.
 */
void relay_hello_judged(uint64_t id, uint64_t verdict);
/* The policy has changed its mind about the connection. */
void relay_cut(uint64_t id);

#endif
