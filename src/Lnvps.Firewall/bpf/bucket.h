/* SPDX-License-Identifier: GPL-2.0 */
/* The token bucket of one destination (firewall.md section 3). Plain arithmetic, no helper and no header of the kernel: it compiles
 * for BPF and for the host, where the tests run it against a model. */
#ifndef LNVPS_BUCKET_H
#define LNVPS_BUCKET_H

typedef unsigned long long u64;

#define NANOSECONDS 1000000000ULL

/* Connection attempts that may still pass, and the monotonic time in ns up to which they were refilled. */
struct bucket {
    u64 tokens;
    u64 timestamp;
};

/* Attempts per second and how many may come at once. */
struct packet_limits {
    u64 limit;
    u64 burst;
};

static inline __attribute__((always_inline)) struct bucket bucket_refill(struct bucket old, struct packet_limits limits, u64 now)
{
    struct bucket next = old;

    /* A burst that was lowered meanwhile counts at once. */
    if (next.tokens > limits.burst)
        next.tokens = limits.burst;
    if (limits.limit == 0)
        return next;
    if (limits.limit > NANOSECONDS) {
        next.tokens = limits.burst;
        next.timestamp = now;
        return next;
    }

    /* Clocks of processors differ by a little: time never runs backwards here. */
    u64 elapsed = now > old.timestamp ? now - old.timestamp : 0;
    u64 interval = NANOSECONDS / limits.limit;
    /* Under a flood most packets find less than one interval gone: that comparison is cheaper than the division. */
    u64 earned = elapsed < interval ? 0 : elapsed / interval;

    if (earned >= limits.burst - next.tokens) {
        next.tokens = limits.burst;
        if (now > old.timestamp)
            next.timestamp = now;
    } else {
        next.tokens += earned;
        /* Not `now`: the part of an interval that is left over must count next time, else a flood would never see a token again. */
        next.timestamp = old.timestamp + earned * interval;
    }
    return next;
}

#endif
