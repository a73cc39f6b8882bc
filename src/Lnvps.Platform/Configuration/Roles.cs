namespace Lnvps.Platform.Configuration;

/// <summary>What a process of the shop does (customer-api.md section 10.2); chosen on the command line with <c>--mode</c>.</summary>
[Flags]
public enum Roles
{
    /// <summary>Answers HTTP and notices settlements.</summary>
    Api = 1,
    /// <summary>Works: workflows, rounds, notifications.</summary>
    Worker = 2,
    All = Api | Worker,
}
