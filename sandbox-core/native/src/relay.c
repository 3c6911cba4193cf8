#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"
#include "ipc_channel.h"

#define MAX_EVENTS 256
#define BUCKETS 1024u
/* A pipe of this size moves about as much as a socket's buffers hold; beyond the user's limit the kernel refuses, and the pipe stays small. */
#define PIPE_BYTES (256 * 1024)
#define MAX_SPARE_PIPES 32
/* After this much, other connections get their turn. */
#define TURN_BYTES (1u << 20)
/* RFC 8446 §5.1: a record's header, and what starts one with a handshake in it. */
#define RECORD_HEADER_BYTES 5u
#define RECORD_HANDSHAKE 22
#define HELLO_MAX_BYTES (64u * 1024)

enum side { INSIDE, OUTSIDE };

enum relay_state {
  RELAY_CONNECTING, /* a published port: the connection into the sandbox is on its way */
  RELAY_HELLO,      /* nothing leaves before it is known what the client's first bytes are */
  RELAY_ASKED,      /* Node is looking at them */
  RELAY_OPEN,
};

/* Bytes on their way from one side to the other; the pipe is only held while there are some. */
struct flow {
  int pipe[2];
  size_t buffered;
  uint64_t total;
  bool ended;    /* the source said end of file */
  bool finished; /* and the sink was told */
};

struct relay;

struct end {
  struct relay *relay;
  int fd;
};

struct relay {
  uint64_t id;
  enum relay_state state;
  struct end ends[2];
  struct flow flows[2]; /* by their source */
  size_t hello_needed;
  uint16_t port;
  bool tried_ipv6;
  bool queued;
  bool dead;
  struct relay *next_in_bucket;
  struct relay *next_in_turn;
};

static struct {
  int epoll;
  struct relay *buckets[BUCKETS];
  struct relay *turn; /* those with more to do, and those to be freed */
  int spare_pipes[MAX_SPARE_PIPES][2];
  int spare_count;
  uint64_t pending_id; /* of the inside half that waits for its outside half */
  int pending_fd;
  bool pending_hello;
} plane = {.epoll = -1, .pending_fd = -1};

void relay_start(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
  plane.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (plane.epoll < 0) fail("pod-relay", "cannot watch connections");
}

int relay_descriptor(void) {
  return plane.epoll;
}

static bool take_pipe(int out[2]) {
  if (plane.spare_count > 0) {
    memcpy(out, plane.spare_pipes[--plane.spare_count], sizeof plane.spare_pipes[0]);
    return true;
  }
  if (pipe2(out, O_NONBLOCK | O_CLOEXEC) != 0) return false;
  (void)fcntl(out[0], F_SETPIPE_SZ, PIPE_BYTES);
  return true;
}

static void give_pipe_back(struct flow *flow) {
  if (flow->pipe[0] < 0) return;
  if (flow->buffered == 0 && plane.spare_count < MAX_SPARE_PIPES) {
    memcpy(plane.spare_pipes[plane.spare_count++], flow->pipe, sizeof flow->pipe);
  } else {
    close(flow->pipe[0]);
    close(flow->pipe[1]);
  }
  flow->pipe[0] = flow->pipe[1] = -1;
}

static void queue_turn(struct relay *relay) {
  if (relay->queued) return;
  relay->queued = true;
  relay->next_in_turn = plane.turn;
  plane.turn = relay;
}

static void forget(struct relay *relay) {
  struct relay **at = &plane.buckets[relay->id % BUCKETS];
  while (*at != NULL && *at != relay) at = &(*at)->next_in_bucket;
  if (*at != NULL) *at = relay->next_in_bucket;
}

static struct relay *find(uint64_t id) {
  struct relay *at = plane.buckets[id % BUCKETS];
  while (at != NULL && at->id != id) at = at->next_in_bucket;
  return at;
}

static void close_socket(int fd, bool reset) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  if (fd < 0) return;
  if (reset) (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

/* Events of this round may still name the relay, so it is freed when the round is over. */
static void end_relay(struct relay *relay, int error) {
  char line[160];
  if (relay->dead) return;
  relay->dead = true;
  for (int side = 0; side < 2; side++) {
    close_socket(relay->ends[side].fd, error != 0);
    give_pipe_back(&relay->flows[side]);
  }
  forget(relay);
  queue_turn(relay);
  snprintf(line, sizeof line, "{\"relayed\":%llu,\"sent\":%llu,\"received\":%llu,\"errno\":%d}\n", (unsigned long long)relay->id,
           (unsigned long long)relay->flows[INSIDE].total, (unsigned long long)relay->flows[OUTSIDE].total, error);
  ipc_send(line, -1);
}

static void end_flow(struct flow *flow, int sink) {
  (void)shutdown(sink, SHUT_WR);
  flow->finished = true;
}

/* Moves what can be moved; 0, or the error that ends the connection. `*more`: the turn is over, the bytes are not. */
static int pump(struct relay *relay, enum side source, bool *more) {
  struct flow *flow = &relay->flows[source];
  int from = relay->ends[source].fd, to = relay->ends[source == INSIDE ? OUTSIDE : INSIDE].fd;
  size_t moved = 0;
  if (flow->finished) return 0;
  if (flow->pipe[0] < 0 && !take_pipe(flow->pipe)) return errno;
  for (;;) {
    ssize_t in = -1, out = -1;
    if (!flow->ended) {
      in = splice(from, NULL, flow->pipe[1], NULL, PIPE_BYTES, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
      if (in < 0 && errno != EAGAIN && errno != EINTR) return errno;
      if (in == 0) flow->ended = true;
      if (in > 0) flow->buffered += (size_t)in;
    }
    if (flow->buffered > 0) {
      out = splice(flow->pipe[0], NULL, to, NULL, flow->buffered, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
      if (out < 0 && errno != EAGAIN && errno != EINTR) return errno;
      if (out > 0) flow->buffered -= (size_t)out, flow->total += (uint64_t)out, moved += (size_t)out;
    }
    if (flow->ended && flow->buffered == 0) {
      end_flow(flow, to);
      break;
    }
    if (in <= 0 && out <= 0) break;
    if (moved >= TURN_BYTES) {
      *more = true;
      return 0;
    }
  }
  if (flow->buffered == 0) give_pipe_back(flow);
  return 0;
}

static void send_hello(const struct relay *relay, const unsigned char *bytes, size_t size) {
  static char line[2 * HELLO_MAX_BYTES + 96];
  int at = snprintf(line, sizeof line, "{\"hello\":%llu,\"bytes\":\"", (unsigned long long)relay->id);
  for (size_t i = 0; i < size; i++) {
    static const char digits[] = "0123456789abcdef";
    line[at++] = digits[bytes[i] >> 4];
    line[at++] = digits[bytes[i] & 15];
  }
  snprintf(line + at, sizeof line - (size_t)at, "\"}\n");
  ipc_send(line, -1);
}

static bool can_still_send(int fd) {
  struct tcp_info info;
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_ESTABLISHED;
}

/* Looks at the client's first bytes without taking them. Only whether it is a TLS record is judged here. */
static int look_for_hello(struct relay *relay) {
  static unsigned char bytes[HELLO_MAX_BYTES];
  ssize_t got = recv(relay->ends[INSIDE].fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : errno;
  if (got == 0 || bytes[0] != RECORD_HANDSHAKE) {
    relay->state = RELAY_OPEN;
    return 0;
  }
  size_t needed = relay->hello_needed;
  if (needed <= RECORD_HEADER_BYTES) needed = RECORD_HEADER_BYTES + ((size_t)got < RECORD_HEADER_BYTES ? 0 : ((size_t)bytes[3] << 8 | bytes[4]));
  if ((size_t)got < needed) return can_still_send(relay->ends[INSIDE].fd) ? 0 : ECONNABORTED;
  relay->state = RELAY_ASKED;
  send_hello(relay, bytes, (size_t)got);
  return 0;
}

static int connect_inside(struct relay *relay, bool ipv6) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(relay->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(relay->port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int on = 1;
  int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int status = ipv6 ? connect(fd, (struct sockaddr *)&v6, sizeof v6) : connect(fd, (struct sockaddr *)&v4, sizeof v4);
  if (status == 0 || errno == EINPROGRESS) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static int watch(struct end *end) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = end}};
  return epoll_ctl(plane.epoll, EPOLL_CTL_ADD, end->fd, &event) == 0 ? 0 : errno;
}

/* A server that listens on ::1 alone is reached in a second try. */
static int retry_connect(struct relay *relay, int error) {
  if (relay->tried_ipv6) return error;
  relay->tried_ipv6 = true;
  if (relay->ends[INSIDE].fd >= 0) close(relay->ends[INSIDE].fd);
  relay->ends[INSIDE].fd = connect_inside(relay, true);
  return relay->ends[INSIDE].fd < 0 ? error : watch(&relay->ends[INSIDE]);
}

static int continue_connect(struct relay *relay) {
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer, error_size = sizeof(int);
  int error = 0;
  if (getsockopt(relay->ends[INSIDE].fd, SOL_SOCKET, SO_ERROR, &error, &error_size) != 0) return errno;
  if (error != 0) return retry_connect(relay, error);
  if (getpeername(relay->ends[INSIDE].fd, (struct sockaddr *)&peer, &size) == 0) relay->state = RELAY_OPEN;
  return 0;
}

static void serve(struct relay *relay) {
  bool more = false;
  int error = 0;
  if (relay->dead) return;
  if (relay->state == RELAY_CONNECTING) error = continue_connect(relay);
  if (relay->state == RELAY_HELLO) error = look_for_hello(relay);
  if (error == 0 && relay->state == RELAY_OPEN) error = pump(relay, INSIDE, &more);
  /* A server may speak first (SSH, SMTP): that tells nothing to the outside. */
  if (error == 0 && relay->state != RELAY_CONNECTING) error = pump(relay, OUTSIDE, &more);
  if (error != 0) end_relay(relay, error);
  else if (relay->flows[INSIDE].finished && relay->flows[OUTSIDE].finished) end_relay(relay, 0);
  else if (more) queue_turn(relay);
}

bool relay_is_busy(void) {
  return plane.turn != NULL;
}

void relay_serve(void) {
  struct epoll_event events[MAX_EVENTS];
  struct relay *turn = plane.turn;
  plane.turn = NULL;
  int count = epoll_wait(plane.epoll, events, MAX_EVENTS, 0);
  for (int i = 0; i < count; i++) serve(((struct end *)events[i].data.ptr)->relay);
  while (turn != NULL) {
    struct relay *relay = turn;
    turn = relay->next_in_turn;
    relay->queued = false;
    if (relay->dead) free(relay);
    else serve(relay);
  }
}

static void add_relay(uint64_t id, enum relay_state state, int inside, int outside, uint16_t port) {
  struct relay *relay = calloc(1, sizeof *relay);
  if (relay == NULL) fail("no-memory", "cannot carry another connection");
  *relay = (struct relay){
      .id = id,
      .state = state,
      .ends = {{relay, inside}, {relay, outside}},
      .flows = {{.pipe = {-1, -1}}, {.pipe = {-1, -1}}},
      .hello_needed = 1,
      .port = port,
      .next_in_bucket = plane.buckets[id % BUCKETS],
  };
  plane.buckets[id % BUCKETS] = relay;
  int error = inside < 0 ? retry_connect(relay, ECONNREFUSED) : watch(&relay->ends[INSIDE]);
  if (error == 0) error = watch(&relay->ends[OUTSIDE]);
  if (error != 0) end_relay(relay, error);
}

static void set_nonblocking(int fd) {
  (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void publish(uint64_t id, uint16_t port, int outside) {
  struct relay probe = {.port = port};
  add_relay(id, RELAY_CONNECTING, connect_inside(&probe, false), outside, port);
}

void relay_take_handle(const char *line, int fd) {
  uint64_t id, value;
  set_nonblocking(fd);
  if (ipc_number(line, "publish", &id) && ipc_number(line, "port", &value) && value <= UINT16_MAX) return publish(id, (uint16_t)value, fd);
  if (!ipc_number(line, "relay", &id) || !ipc_number(line, "side", &value)) return close_socket(fd, true);
  if (value == INSIDE) {
    close_socket(plane.pending_fd, true);
    plane.pending_fd = fd;
    plane.pending_id = id;
    plane.pending_hello = ipc_number(line, "hello", &value) && value != 0;
    return;
  }
  int inside = plane.pending_fd;
  plane.pending_fd = -1;
  if (inside >= 0 && plane.pending_id == id) return add_relay(id, plane.pending_hello ? RELAY_HELLO : RELAY_OPEN, inside, fd, 0);
  close_socket(inside, true);
  close_socket(fd, true);
}

void relay_hello_judged(uint64_t id, uint64_t verdict) {
  struct relay *relay = find(id);
  if (relay == NULL || relay->state != RELAY_ASKED) return;
  if (verdict == 0 || verdict > HELLO_MAX_BYTES) return end_relay(relay, ECONNABORTED);
  relay->state = verdict == 1 ? RELAY_OPEN : RELAY_HELLO;
  relay->hello_needed = (size_t)verdict;
  queue_turn(relay);
}

void relay_cut(uint64_t id) {
  struct relay *relay = find(id);
  if (relay != NULL) end_relay(relay, ECONNABORTED);
}
