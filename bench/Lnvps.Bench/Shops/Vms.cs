using Lnvps.Core.Time;

namespace Lnvps.Bench.Shops;

/// <summary>Many VMs at once.</summary>
static class Vms
{
    const int Monthly = 2;

    /// <summary>VMs of the shop's customer, the same number on each of its first hosts. Created and expiring at the same moment means never paid.</summary>
    public static Task Add(this BenchShop shop, int count, Instant created, Instant expires, CancellationToken stop, int hosts = 1) => shop.Db.Write(session => session.Execute($"""
        INSERT INTO vm (host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, deleted, auto_renewal_enabled)
        SELECT 1 + x.n % {hosts}, {shop.Customer}, 1, {Monthly}, {shop.CustomerKey}, @created, @expires, 1, '52:54:00:00:00:02', 0, 0 FROM {Numbers.Below(count)}
        """, new { created, expires }, stop), stop);

    /// <summary>Further hosts like the seeded one, so that there are this many, numbered from 1.</summary>
    public static Task AddHosts(this BenchShop shop, int count, CancellationToken stop) => shop.Db.Write(session => session.Execute($"""
        INSERT INTO vm_host (id, kind, region_id, name, ip, cpu, memory, enabled, api_token, load_cpu, load_memory, load_disk)
        SELECT 2 + x.n, h.kind, h.region_id, h.name, h.ip, h.cpu, h.memory, 1, '', h.load_cpu, h.load_memory, h.load_disk
        FROM vm_host h CROSS JOIN {Numbers.Below(count - 1)} WHERE h.id = 1
        """, null, stop), stop);

    /// <summary>Every paid VM counts as completely made.</summary>
    public static Task Finish(this BenchShop shop, CancellationToken stop) => shop.Db.Write(session => session.Execute("""
        INSERT INTO vm_progress (vm_id, provisioned_at)
        SELECT v.id, 1 FROM vm v WHERE v.deleted = 0 AND v.created <> v.expires AND NOT EXISTS (SELECT 1 FROM vm_progress m WHERE m.vm_id = v.id)
        """, null, stop), stop);
}
