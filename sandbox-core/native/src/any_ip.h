/* AnyIP: routes that make every IPv4 and IPv6 address local to the namespace (ip-route(8), type "local"). */
#ifndef SRT_ANY_IP_H
#define SRT_ANY_IP_H

#include <stdbool.h>

/* Adds `local 0.0.0.0/0 dev lo` and `local ::/0 dev lo`. False (errno set) if IPv4 failed; IPv6 may be absent. */
bool any_ip_enable(bool *has_ipv6);

#endif
