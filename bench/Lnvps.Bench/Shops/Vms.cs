using Lnvps.Core.Time;

namespace Lnvps.Bench.Shops;

/// <summary>Many VMs at once.</summary>
static class Vms
{
    const int Monthly = 2;

    /// <summary>VMs of the shop's customer on its one host. Created and expiring at the same moment means never paid.</summary>
    public static Task Add(this BenchShop shop, int count, Instant created, Instant expires, CancellationToken stop) => shop.Db.Write(session => session.Execute($"""
        INSERT INTO vm (host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, deleted, auto_renewal_enabled)
        SELECT 1, {shop.Customer}, 1, {Monthly}, {shop.CustomerKey}, @created, @expires, 1, '52:54:00:00:00:02', 0, 0 FROM {Numbers.Below(count)}
        """, new { created, expires }, stop), stop);
}
