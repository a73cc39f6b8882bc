// SPDX-License-Identifier: GPL-2.0
/* What the cost of the firewall is compared with. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 262144);
} SEEN SEC(".maps");

SEC("xdp.frags")
int bare_pass(struct xdp_md *ctx)
{
    return XDP_PASS;
}

SEC("xdp.frags")
int one_look_up(struct xdp_md *ctx)
{
    void *at = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    struct iphdr *ip = at + sizeof(struct ethhdr);
    if ((void *)(ip + 1) > end)
        return XDP_PASS;
    __u32 address = ip->daddr;
    __u64 *seen = bpf_map_lookup_elem(&SEEN, &address);
    if (seen) {
        *seen += 1;
    } else {
        __u64 first = 1;
        bpf_map_update_elem(&SEEN, &address, &first, BPF_ANY);
    }
    return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
