#include "pod.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "any_ip.h"
#include "failure.h"
#include "frame.h"
#include "ipc_channel.h"
#include "leftovers.h"
#include "mounts.h"
#include "own_process.h"
#include "placeholders.h"
#include "privileges.h"
#include "relay.h"

#define CONTROL_FD 0
#define IPC_FD 3
#define LISTEN_BACKLOG 4096
/* A killed process is still listed until its parent has reaped it. */
#define KILL_MAX_ROUNDS 200
#define KILL_PAUSE_NS 2000000
/* Control frames: an id, and at most a path. */
#define CONTROL_FRAME_MAX_BYTES (PATH_MAX + 256)
#define STANDING_MAX 8
/* Beside what stands: the two descriptors above and the relay's. */
#define WATCHED_FIXED 3

struct listen_request {
  uint64_t id;
  bool is_udp;
  bool is_ipv6;
  struct sockaddr_storage address;
  socklen_t address_size;
};

static bool parse_address(struct field text, uint16_t port, struct listen_request *out) {
  char address[INET6_ADDRSTRLEN];
  if (text.size == 0 || text.size >= sizeof address) return false;
  memcpy(address, text.data, text.size);
  address[text.size] = 0;
  struct sockaddr_in *v4 = (struct sockaddr_in *)&out->address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->address;
  memset(&out->address, 0, sizeof out->address);
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    out->address_size = sizeof *v4;
    out->is_ipv6 = false;
    return true;
  }
  if (inet_pton(AF_INET6, address, &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  out->address_size = sizeof *v6;
  out->is_ipv6 = true;
  return true;
}

static bool parse_listener(struct field kind, struct field address, uint64_t port, struct listen_request *out) {
  if (kind.size != 3 || port > UINT16_MAX) return false;
  out->is_udp = memcmp(kind.data, "udp", 3) == 0;
  return parse_address(address, (uint16_t)port, out);
}

/* ["listen", id, "tcp" | "udp", address, port] */
static bool parse_listen(const struct frame *frame, struct listen_request *out) {
  uint64_t port;
  if (!frame_is(frame, "listen", 5) || !field_number(frame->fields[1], &out->id) || !field_number(frame->fields[4], &port)) return false;
  return parse_listener(frame->fields[2], frame->fields[3], port, out);
}

static int open_listener(const struct listen_request *request) {
  int kind = request->is_udp ? SOCK_DGRAM : SOCK_STREAM;
  int fd = socket(request->is_ipv6 ? AF_INET6 : AF_INET, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int on = 1;
  if (fd < 0) return -1;
  /* V6ONLY: IPv4 has a listener of its own, so that an address never arrives in its mapped form. */
  bool ok = (!request->is_ipv6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
            (request->is_udp || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0) &&
            bind(fd, (const struct sockaddr *)&request->address, request->address_size) == 0 &&
            (request->is_udp || listen(fd, LISTEN_BACKLOG) == 0);
  if (ok) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* What the number is called by which Node knows which it is. */
static void hand_over(const struct listen_request *request, const char *number, int fd) {
  char line[256];
  const char *type = !request->is_udp ? "net.Server" : request->is_ipv6 ? "dgram.Socket\",\"dgramType\":\"udp6" : "dgram.Socket\",\"dgramType\":\"udp4";
  snprintf(line, sizeof line, "{\"cmd\":\"NODE_HANDLE\",\"type\":\"%s\",\"msg\":{\"%s\":%llu}}\n", type, number, (unsigned long long)request->id);
  ipc_send(line, fd);
  close(fd);
}

static void answer_listen(const struct listen_request *request) {
  char line[256];
  int fd = open_listener(request);
  if (fd >= 0) return hand_over(request, "id", fd);
  snprintf(line, sizeof line, "{\"id\":%llu,\"errno\":%d}\n", (unsigned long long)request->id, errno);
  ipc_send(line, -1);
}

/* What every session listens on. Most commands use none of it, so each is only handed over when something arrives. */
static struct {
  struct listen_request requests[STANDING_MAX];
  struct pollfd watched[WATCHED_FIXED + STANDING_MAX];
  int count;
} standing;

static struct field text_of(const char *text) {
  return (struct field){(const unsigned char *)text, (uint32_t)strlen(text)};
}

/* KIND ADDRESS PORT, for each. */
static void open_standing(int argc, char **argv, bool has_ipv6) {
  if (argc % 3 != 0 || argc / 3 > STANDING_MAX) fail("usage", "pod: expected at most %d times KIND ADDRESS PORT", STANDING_MAX);
  standing.count = argc / 3;
  for (int i = 0; i < standing.count; i++) {
    struct listen_request *request = &standing.requests[i];
    if (!parse_listener(text_of(argv[3 * i]), text_of(argv[3 * i + 1]), strtoul(argv[3 * i + 2], NULL, 10), request)) fail("usage", "pod: expected tcp or udp, an address and a port");
    request->id = (uint64_t)i;
    const bool is_wanted = has_ipv6 || !request->is_ipv6;
    const int fd = is_wanted ? open_listener(request) : -1;
    if (is_wanted && fd < 0) fail("pod-listen", "cannot listen on %s port %s in the sandbox: %s", argv[3 * i + 1], argv[3 * i + 2], strerror(errno));
    standing.watched[WATCHED_FIXED + i] = (struct pollfd){fd, POLLIN, 0};
  }
}

static void hand_over_used(void) {
  for (int i = 0; i < standing.count; i++) {
    struct pollfd *watched = &standing.watched[WATCHED_FIXED + i];
    if (watched->revents == 0) continue;
    hand_over(&standing.requests[i], "used", watched->fd);
    *watched = (struct pollfd){.fd = -1};
  }
}

/* ["hold", id, path] */
static bool parse_hold(const struct frame *frame, uint64_t *id, char path[PATH_MAX]) {
  if (!frame_is(frame, "hold", 3) || !field_number(frame->fields[1], id) || frame->fields[2].size >= PATH_MAX) return false;
  memcpy(path, frame->fields[2].data, frame->fields[2].size);
  path[frame->fields[2].size] = 0;
  return true;
}

static void answer_hold(uint64_t id, const char *path) {
  char line[64];
  snprintf(line, sizeof line, "{\"id\":%llu,\"errno\":%d}\n", (unsigned long long)id, placeholders_hold(path));
  ipc_send(line, -1);
}

static unsigned long long namespace_inode(const char *path) {
  struct stat found;
  if (stat(path, &found) != 0) fail("pod-namespace", "cannot inspect %s", path);
  return (unsigned long long)found.st_ino;
}

/* Which /proc a sandbox can have. */
static const char *processes_shown(void) {
  if (mounts_new_proc_is_possible()) return "own";
  return proc_numbers_are_known() ? "outer" : "none";
}

static void announce(bool has_ipv6, bool makes_mounts, const char *processes) {
  char line[256];
  snprintf(line, sizeof line, "{\"ready\":{\"pid\":%d,\"userNamespace\":%llu,\"networkNamespace\":%llu,\"ipv6\":%s,\"makesMounts\":%s,\"processes\":\"%s\"}}\n",
           getpid(), namespace_inode("/proc/self/ns/user"), namespace_inode("/proc/self/ns/net"), has_ipv6 ? "true" : "false", makes_mounts ? "true" : "false", processes);
  ipc_send(line, -1);
}

/* False: the frame is none that we know, so Node is of another version. */
static bool obey(const struct frame *frame) {
  struct listen_request request;
  char path[PATH_MAX];
  uint64_t id, verdict;
  if (frame_is(frame, "cut", 2) && field_number(frame->fields[1], &id)) return relay_cut(id), true;
  if (frame_is(frame, "hello-judged", 3) && field_number(frame->fields[1], &id) && field_number(frame->fields[2], &verdict))
    return relay_hello_judged(id, verdict), true;
  if (parse_hold(frame, &id, path)) return answer_hold(id, path), true;
  if (!parse_listen(frame, &request)) return false;
  answer_listen(&request);
  return true;
}

static void serve_until_node_ends(void) {
  static unsigned char buffer[CONTROL_FRAME_MAX_BYTES];
  struct pollfd *watched = standing.watched;
  watched[0] = (struct pollfd){CONTROL_FD, POLLIN, 0};
  watched[1] = (struct pollfd){IPC_FD, POLLIN, 0};
  watched[2] = (struct pollfd){relay_descriptor(), POLLIN, 0};
  for (;;) {
    struct frame frame;
    if (poll(watched, (nfds_t)(WATCHED_FIXED + standing.count), relay_is_busy() ? 0 : -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    hand_over_used();
    if (watched[2].revents != 0 || relay_is_busy()) relay_serve();
    if (watched[1].revents != 0 && !ipc_receive(relay_take_handle)) watched[1].fd = -1;
    if (!(watched[0].revents & (POLLIN | POLLHUP | POLLERR))) continue;
    if (frame_read(CONTROL_FD, buffer, sizeof buffer, &frame) != 1 || !obey(&frame)) return;
  }
}

static bool is_namespace_member(const char *pid, ino_t network_namespace) {
  char path[64];
  struct stat found;
  if (snprintf(path, sizeof path, "/proc/%s/ns/net", pid) >= (int)sizeof path) return false;
  return stat(path, &found) == 0 && found.st_ino == network_namespace;
}

/*
 * Sandboxes end by themselves when Node does. What is left can only be one whose bubblewrap was killed while it was
 * setting up: its child then waits for its parent for ever (bubblewrap 0.8).
 */
static void kill_namespace_members(void) {
  ino_t own = (ino_t)namespace_inode("/proc/self/ns/net");
  for (int round = 0; round < KILL_MAX_ROUNDS; round++) {
    bool found = false;
    DIR *processes = opendir("/proc");
    if (processes == NULL) return;
    for (struct dirent *entry = readdir(processes); entry != NULL; entry = readdir(processes)) {
      pid_t pid = (pid_t)atoi(entry->d_name);
      if (pid <= 0 || pid == getpid() || !is_namespace_member(entry->d_name, own)) continue;
      found = kill(pid, SIGKILL) == 0 || found;
    }
    closedir(processes);
    if (!found) return;
    nanosleep(&(struct timespec){.tv_nsec = KILL_PAUSE_NS}, NULL);
  }
}

int pod_main(int argc, char **argv) {
  bool has_ipv6;
  if (argc < 2) fail("usage", "pod: expected SESSION_DIRECTORY own-processes|outer-processes [KIND ADDRESS PORT]...");
  const bool may_show_outer = strcmp(argv[1], "outer-processes") == 0;
  /* A terminal's Ctrl-C or hang-up is for the command; the pod lives exactly as long as its control pipe. */
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  bool makes_mounts = mounts_are_possible();
  /* Where the policy does not allow anything else, bubblewrap fails without. */
  const char *processes = may_show_outer ? processes_shown() : "own";
  privileges_give_up_administration();
  leftovers_hold(argv[0]);
  if (!any_ip_enable(&has_ipv6)) fail("pod-routes", "cannot set up the sandbox's network");
  open_standing(argc - 2, argv + 2, has_ipv6);
  relay_start();
  announce(has_ipv6, makes_mounts, processes);
  serve_until_node_ends();
  kill_namespace_members();
  leftovers_remove(argv[0], DENIED_ARE_KEPT);
  return 0;
}
