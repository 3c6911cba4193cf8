/*
 * The ends of a connection, without a runtime in the way.
 *   endpoint serve BYTES                                     prints its port; sends so many bytes to whoever connects
 *   endpoint fetch HOST PORT BYTES [PROXY PROXYPORT LOGIN]   prints the milliseconds it took to receive them
 *   endpoint answer                                          prints its port; answers every HTTP request with "hello"
 *   endpoint ask HOST PORT COUNT [PROXY PROXYPORT LOGIN]     sends so many requests, one after another on one connection; prints JSON
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
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

static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

static void *answer_one(void *argument) {
  int fd = (int)(intptr_t)argument, on = 1;
  char head[8192];
  size_t length = 0;
  ssize_t part;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  while (length < sizeof head && (part = recv(fd, head + length, sizeof head - length, 0)) > 0) {
    length += (size_t)part;
    if (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4) != 0) continue;
    if (send(fd, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL) < 0) break;
    length = 0;
  }
  close(fd);
  return NULL;
}

static int serve(void *(*one)(void *)) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 128) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0) return 1;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    pthread_t thread;
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0 && pthread_create(&thread, NULL, one, (void *)(intptr_t)fd) == 0) pthread_detach(thread);
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

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

/* Until everything on the way is compiled. */
#define WARM_UP 3000

static int ask(int argc, char **argv) {
  char head[2048], got[8192];
  int fd = argc > 7 ? connect_to(argv[5], argv[6]) : connect_to(argv[2], argv[3]), on = 1, count = atoi(argv[4]);
  double *times = calloc((size_t)count, sizeof *times), started = 0;
  if (fd < 0 || times == NULL) return fputs("cannot connect\n", stderr), 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int login = argc > 7 && argv[7][0];
  char url[512] = "";
  if (argc > 7) snprintf(url, sizeof url, "http://%s:%s", argv[2], argv[3]);
  int size = snprintf(head, sizeof head, "GET %s/ HTTP/1.1\r\nHost: %s:%s\r\nAccept: */*\r\nUser-Agent: bench\r\n%s%s%s\r\n", url, argv[2], argv[3], login ? "Proxy-Authorization: Basic " : "", login ? argv[7] : "", login ? "\r\n" : "");
  for (int i = -WARM_UP; i < count; i++) {
    size_t length = 0;
    if (i == 0) started = milliseconds();
    double before = milliseconds();
    if (send(fd, head, (size_t)size, MSG_NOSIGNAL) != size) return 1;
    while (length < 5 || memcmp(got + length - 5, "hello", 5) != 0) {
      ssize_t part = length < sizeof got ? recv(fd, got + length, sizeof got - length, 0) : 0;
      if (part <= 0) return fputs("no answer\n", stderr), 1;
      length += (size_t)part;
    }
    if (strncmp(got + 9, "200", 3) != 0) return fprintf(stderr, "%.*s\n", (int)length, got), 1;
    if (i >= 0) times[i] = milliseconds() - before;
  }
  double taken = milliseconds() - started;
  qsort(times, (size_t)count, sizeof *times, by_size);
  printf("{\"perSecond\":%.1f,\"p50\":%.4f,\"p99\":%.4f}\n", count * 1e3 / taken, times[count / 2], times[count * 99 / 100]);
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc == 3 && strcmp(argv[1], "serve") == 0) return total = strtoull(argv[2], NULL, 10), serve(serve_one);
  if (argc == 2 && strcmp(argv[1], "answer") == 0) return serve(answer_one);
  if (argc >= 5 && strcmp(argv[1], "ask") == 0) return ask(argc, argv);
  return argc >= 5 && strcmp(argv[1], "fetch") == 0 ? fetch(argc, argv) : 2;
}
