// SPDX-License-Identifier: GPL-2.0
/* Reads without looking where the packet ends: the verifier must refuse it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp.frags")
int unchecked(struct xdp_md *ctx)
{
    return *(volatile unsigned char *)(long)ctx->data;
}

char LICENSE[] SEC("license") = "GPL";
