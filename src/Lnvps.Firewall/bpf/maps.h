/* SPDX-License-Identifier: GPL-2.0 */
/* Maps shared with the service (firewall.md section 2). Addresses are raw bytes in network order, values little-endian. */
#ifndef LNVPS_MAPS_H
#define LNVPS_MAPS_H

#define BUCKETS 262144
#define OVERRIDES 262144
#define DESTINATIONS 16384
#define ALLOWED 65536

struct address4 {
    __u32 word;
};

struct address6 {
    __u64 words[2];
};

/* Cumulative since loading. */
struct dest_counters {
    __u64 packets;
    __u64 bytes;
    __u64 syn_packets;
    __u64 tcp_packets;
    __u64 udp_packets;
    __u64 icmp_packets;
    __u64 dropped;
};

/* What the service decided; also which maps have anything in them, so that empty ones cost no look-up. */
struct settings {
    __u32 dry_run;
    __u32 overrides4;
    __u32 overrides6;
    __u32 allowed4;
    __u32 allowed6;
    __u32 reserved;
};

struct prefix4 {
    __u32 length;
    struct address4 address;
};

struct prefix6 {
    __u32 length;
    __u8 address[16];
};

enum global_counter {
    SEEN,
    SEEN_IPV4,
    SEEN_IPV6,
    SYN,
    SYN_DROPPED,
    UNPARSABLE,
    FRAGMENTS,
    RESERVED,
    GLOBAL_COUNTER_COUNT
};

#define MAP(name, kind, key_type, value_type, entries, map_options) \
    struct { \
        __uint(type, kind); \
        __type(key, key_type); \
        __type(value, value_type); \
        __uint(max_entries, entries); \
        __uint(map_flags, map_options); \
    } name SEC(".maps")

MAP(V4_SYN_RATE, BPF_MAP_TYPE_LRU_HASH, struct address4, struct bucket, BUCKETS, 0);
MAP(V6_SYN_RATE, BPF_MAP_TYPE_LRU_HASH, struct address6, struct bucket, BUCKETS, 0);
MAP(V4_SYN_RATE_LIMITS, BPF_MAP_TYPE_HASH, struct address4, struct packet_limits, OVERRIDES, BPF_F_NO_PREALLOC);
MAP(V6_SYN_RATE_LIMITS, BPF_MAP_TYPE_HASH, struct address6, struct packet_limits, OVERRIDES, BPF_F_NO_PREALLOC);
MAP(SYN_DEFAULTS, BPF_MAP_TYPE_ARRAY, __u32, struct packet_limits, 1, 0);
MAP(V4_DEST_COUNTERS, BPF_MAP_TYPE_LRU_PERCPU_HASH, struct address4, struct dest_counters, DESTINATIONS, 0);
MAP(V6_DEST_COUNTERS, BPF_MAP_TYPE_LRU_PERCPU_HASH, struct address6, struct dest_counters, DESTINATIONS, 0);
MAP(GLOBAL_COUNTERS, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, GLOBAL_COUNTER_COUNT, 0);
MAP(SETTINGS, BPF_MAP_TYPE_ARRAY, __u32, struct settings, 1, 0);
MAP(V4_ALLOWED, BPF_MAP_TYPE_LPM_TRIE, struct prefix4, __u32, ALLOWED, BPF_F_NO_PREALLOC);
MAP(V6_ALLOWED, BPF_MAP_TYPE_LPM_TRIE, struct prefix6, __u32, ALLOWED, BPF_F_NO_PREALLOC);

#endif
