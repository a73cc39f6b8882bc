// SPDX-License-Identifier: GPL-2.0
/* Limits attempts to open TCP connections for each destination address (firewall.md sections 1 to 4). Whatever it does not understand
 * passes: the kernel behind it knows what to do with malformed packets. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "bucket.h"
#include "maps.h"

#define VLAN_TAGS 2
#define EXTENSION_HEADERS 6

enum protocol { HOP_BY_HOP = 0, ICMP = 1, TCP = 6, UDP = 17, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, ICMP6 = 58, DESTINATION_OPTIONS = 60 };

struct vlan_tag {
    __be16 control;
    __be16 type;
};

/* Any IPv6 extension header: at least 8 bytes long. */
struct extension {
    __u8 next;
    __u8 length;
    __be16 offset;
    __be32 rest;
};

/* What the headers say. `protocol` is -1 where it cannot be known. */
struct facts {
    int protocol;
    bool syn;
    bool fragment;
    bool unparsable;
};

static __always_inline void count(__u32 which)
{
    __u64 *value = bpf_map_lookup_elem(&GLOBAL_COUNTERS, &which);
    if (value)
        *value += 1;
}

static __always_inline int pass_unparsable(void)
{
    count(SEEN);
    count(UNPARSABLE);
    return XDP_PASS;
}

static __always_inline void read_tcp(struct facts *facts, void *at, void *end)
{
    if (at + sizeof(struct tcphdr) > end) {
        facts->unparsable = true;
        return;
    }
    struct tcphdr *tcp = at;
    facts->syn = tcp->syn && !tcp->ack;
}

/* Does the bucket of the address have a token? Takes it. Two processors may read the same bucket at once: each stores only what it
 * derived from what it read, and only where that is still there, so that nobody overwrites another's refill. Tokens come before the
 * time that they were given for: a race may give some twice, and none may get lost. */
static __always_inline bool take_token(void *rates, const void *address, struct packet_limits limits)
{
    u64 now = bpf_ktime_get_ns();
    struct bucket *shared = bpf_map_lookup_elem(rates, address);
    if (!shared) {
        struct bucket first = { .tokens = limits.burst ? limits.burst - 1 : 0, .timestamp = now };
        return bpf_map_update_elem(rates, address, &first, BPF_NOEXIST) != 0 || limits.burst != 0;
    }

    /* The time first: an old time with refilled tokens is harmless, a new time with old tokens would drop. */
    struct bucket old;
    old.timestamp = *(volatile u64 *)&shared->timestamp;
    old.tokens = *(volatile u64 *)&shared->tokens;
    struct bucket next = bucket_refill(old, limits, now);
    bool pass = next.tokens > 0;
    if (pass)
        next.tokens -= 1;
    if (next.tokens != old.tokens && __sync_val_compare_and_swap(&shared->tokens, old.tokens, next.tokens) != old.tokens)
        return pass;
    if (next.timestamp != old.timestamp)
        __sync_val_compare_and_swap(&shared->timestamp, old.timestamp, next.timestamp);
    return pass;
}

static __always_inline struct packet_limits limits_of(void *overrides, bool any, const void *address)
{
    struct packet_limits limits = { .limit = 1000, .burst = 10000 };
    struct packet_limits *found = any ? bpf_map_lookup_elem(overrides, address) : NULL;
    if (!found) {
        __u32 zero = 0;
        found = bpf_map_lookup_elem(&SYN_DEFAULTS, &zero);
    }
    if (found)
        limits = *found;
    return limits;
}

static __always_inline void count_destination(struct xdp_md *ctx, void *counters, const void *address, const struct facts *facts, int icmp, bool dropped)
{
    struct dest_counters *mine = bpf_map_lookup_elem(counters, address);
    if (!mine) {
        struct dest_counters none = {};
        bpf_map_update_elem(counters, address, &none, BPF_NOEXIST);
        mine = bpf_map_lookup_elem(counters, address);
        if (!mine)
            return;
    }
    mine->packets += 1;
    mine->bytes += bpf_xdp_get_buff_len(ctx);
    if (facts->protocol == TCP) {
        mine->tcp_packets += 1;
        if (facts->syn)
            mine->syn_packets += 1;
        if (dropped)
            mine->dropped += 1;
    } else if (facts->protocol == UDP) {
        mine->udp_packets += 1;
    } else if (facts->protocol == icmp) {
        mine->icmp_packets += 1;
    }
}

static __always_inline void count_facts(const struct facts *facts, __u32 family)
{
    count(SEEN);
    count(family);
    if (facts->fragment)
        count(FRAGMENTS);
    if (facts->unparsable)
        count(UNPARSABLE);
}

static __always_inline int handle_ipv4(struct xdp_md *ctx, void *at, void *end)
{
    struct iphdr *ip = at;
    if (at + sizeof(*ip) > end || ip->version != 4 || ip->ihl < 5 || at + ip->ihl * 4 > end)
        return pass_unparsable();

    struct address4 destination = { .word = ip->daddr };
    __u16 fragment = bpf_ntohs(ip->frag_off) & 0x3fff;
    struct facts facts = { .protocol = ip->protocol, .fragment = fragment != 0 };
    if (facts.protocol == TCP && !(fragment & 0x1fff))
        read_tcp(&facts, at + ip->ihl * 4, end);

    int verdict = XDP_PASS;
    bool dropped = false;
    if (facts.syn) {
        __u32 zero = 0;
        struct settings *settings = bpf_map_lookup_elem(&SETTINGS, &zero);
        count(SYN);
        dropped = !take_token(&V4_SYN_RATE, &destination, limits_of(&V4_SYN_RATE_LIMITS, settings && settings->overrides4, &destination));
        if (dropped && settings && settings->allowed4) {
            struct prefix4 source = { .length = 32, .address = { .word = ip->saddr } };
            dropped = !bpf_map_lookup_elem(&V4_ALLOWED, &source);
        }
        if (dropped) {
            count(SYN_DROPPED);
            verdict = settings && settings->dry_run ? XDP_PASS : XDP_DROP;
        }
    }
    count_destination(ctx, &V4_DEST_COUNTERS, &destination, &facts, ICMP, dropped);
    count_facts(&facts, SEEN_IPV4);
    return verdict;
}

/* Walks the extension headers to the L4 header. */
static __always_inline void read_ipv6(struct facts *facts, __u8 kind, void *at, void *end)
{
#pragma unroll
    for (int walked = 0; walked <= EXTENSION_HEADERS; walked++) {
        if (kind != HOP_BY_HOP && kind != ROUTING && kind != DESTINATION_OPTIONS && kind != AUTHENTICATION && kind != FRAGMENT) {
            facts->protocol = kind;
            if (kind == TCP)
                read_tcp(facts, at, end);
            return;
        }
        if (walked == EXTENSION_HEADERS)
            return;

        struct extension *header = at;
        if (at + sizeof(*header) > end) {
            facts->unparsable = true;
            return;
        }
        if (kind == FRAGMENT) {
            __u16 offset = bpf_ntohs(header->offset);
            /* A packet that is a "fragment" and whole all the same is none. */
            if (offset & 0xfff9)
                facts->fragment = true;
            if (offset & 0xfff8) {
                __u8 first = header->next;
                if (first != HOP_BY_HOP && first != ROUTING && first != DESTINATION_OPTIONS && first != AUTHENTICATION && first != FRAGMENT)
                    facts->protocol = first;
                return;
            }
            at += sizeof(*header);
        } else if (kind == AUTHENTICATION) {
            at += 4 * (header->length + 2);
        } else {
            at += 8 * (header->length + 1);
        }
        if (at > end) {
            facts->unparsable = true;
            return;
        }
        kind = header->next;
    }
}

static __always_inline int handle_ipv6(struct xdp_md *ctx, void *at, void *end)
{
    struct ipv6hdr *ip = at;
    if (at + sizeof(*ip) > end || ip->version != 6)
        return pass_unparsable();

    struct address6 destination;
    __builtin_memcpy(&destination, &ip->daddr, sizeof(destination));
    struct facts facts = { .protocol = -1 };
    read_ipv6(&facts, ip->nexthdr, at + sizeof(*ip), end);

    int verdict = XDP_PASS;
    bool dropped = false;
    if (facts.syn) {
        __u32 zero = 0;
        struct settings *settings = bpf_map_lookup_elem(&SETTINGS, &zero);
        count(SYN);
        dropped = !take_token(&V6_SYN_RATE, &destination, limits_of(&V6_SYN_RATE_LIMITS, settings && settings->overrides6, &destination));
        if (dropped && settings && settings->allowed6) {
            struct prefix6 source = { .length = 128 };
            __builtin_memcpy(source.address, &ip->saddr, sizeof(source.address));
            dropped = !bpf_map_lookup_elem(&V6_ALLOWED, &source);
        }
        if (dropped) {
            count(SYN_DROPPED);
            verdict = settings && settings->dry_run ? XDP_PASS : XDP_DROP;
        }
    }
    count_destination(ctx, &V6_DEST_COUNTERS, &destination, &facts, ICMP6, dropped);
    count_facts(&facts, SEEN_IPV6);
    return verdict;
}

/* "frags": packets larger than a page arrive whole too, and cards with large frames do not refuse the program. */
SEC("xdp.frags")
int xdp_lnvps(struct xdp_md *ctx)
{
    void *at = (void *)(long)ctx->data;
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *ethernet = at;
    if (at + sizeof(*ethernet) > end)
        return pass_unparsable();

    __be16 type = ethernet->h_proto;
    at += sizeof(*ethernet);
#pragma unroll
    for (int i = 0; i < VLAN_TAGS; i++) {
        if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
            break;
        struct vlan_tag *tag = at;
        if (at + sizeof(*tag) > end)
            return pass_unparsable();
        type = tag->type;
        at += sizeof(*tag);
    }
    if (type == bpf_htons(ETH_P_IP))
        return handle_ipv4(ctx, at, end);
    if (type == bpf_htons(ETH_P_IPV6))
        return handle_ipv6(ctx, at, end);
    return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
