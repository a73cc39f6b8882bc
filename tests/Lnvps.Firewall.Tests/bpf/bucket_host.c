// SPDX-License-Identifier: GPL-2.0
/* bucket.h for the tests: one packet at time `now`. */
#include "bucket.h"

int bucket_take(struct bucket *bucket, u64 limit, u64 burst, u64 now)
{
    struct packet_limits limits = { .limit = limit, .burst = burst };
    *bucket = bucket_refill(*bucket, limits, now);
    if (!bucket->tokens)
        return 0;
    bucket->tokens -= 1;
    return 1;
}
