/*
 * The ends of a connection, without a runtime in the way.
 *   endpoint serve BYTES                                     prints its port; sends so many bytes to whoever connects
 *   endpoint fetch HOST PORT BYTES [PROXY PROXYPORT LOGIN]   prints the milliseconds it took to receive them
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static unsigned long long total;
static char chunk[256 * 1024];

static void *serve_one(void *argument) {
  int fd = (int)(intptr_t)argument;
  for (unsigned long long left = total; left > 0;) {
    ssize_t sent = send(fd, chunk, left < sizeof chunk ? left : sizeof chunk, MSG_NOSIGNAL);
    if (sent <= 0) break;
    left -= (unsigned long long)sent;
  }
  shutdown(fd, SHUT_WR);
  while (recv(fd, chunk, sizeof chunk, 0) > 0) continue;
  close(fd);
  return NULL;
}

static int serve(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 128) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0) return 1;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    pthread_t thread;
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0 && pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd) == 0) pthread_detach(thread);
  }
}

static int connect_to(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET}, *found;
  if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
  int fd = socket(found->ai_family, SOCK_STREAM, 0);
  return connect(fd, found->ai_addr, found->ai_addrlen) == 0 ? fd : -1;
}

static void open_tunnel(int fd, char **argv) {
  char head[2048];
  size_t length = 0;
  int wanted = snprintf(head, sizeof head, "CONNECT %s:%s HTTP/1.1\r\nHost: %s:%s\r\n%s%s%s\r\n", argv[2], argv[3], argv[2], argv[3], argv[7][0] ? "Proxy-Authorization: Basic " : "", argv[7], argv[7][0] ? "\r\n" : "");
  if (write(fd, head, (size_t)wanted) != wanted) exit(1);
  while (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4) != 0)
    if (length >= sizeof head || read(fd, head + length++, 1) != 1) exit(1);
  if (strncmp(head + 9, "200", 3) != 0) exit(1);
}

static int fetch(int argc, char **argv) {
  struct timespec start, end;
  unsigned long long got = 0;
  ssize_t part;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int fd = argc > 7 ? connect_to(argv[5], argv[6]) : connect_to(argv[2], argv[3]);
  if (fd < 0) return fputs("cannot connect\n", stderr), 1;
  if (argc > 7) open_tunnel(fd, argv);
  while ((part = recv(fd, chunk, sizeof chunk, 0)) > 0) got += (unsigned long long)part;
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (got != strtoull(argv[4], NULL, 10)) return fprintf(stderr, "got %llu bytes\n", got), 1;
  printf("%.3f\n", (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6);
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc == 3 && strcmp(argv[1], "serve") == 0) return total = strtoull(argv[2], NULL, 10), serve();
  return argc >= 5 && strcmp(argv[1], "fetch") == 0 ? fetch(argc, argv) : 2;
}
