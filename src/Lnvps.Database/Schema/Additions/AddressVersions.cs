using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>
/// A random number per range that changes with its assignments, so that a program may keep the free addresses of a large range in memory and still know whether
/// they are true.
/// </summary>
static class AddressVersions
{
    public static readonly Addition Addition = new(2026030121, "version of a range's assignments", sql =>
        sql.AddColumn("ip_range", Big("use_version").DefaultTo(0)));
}
