namespace Lnvps.Bench.Shops;

/// <summary>Fills tables by one statement, on both kinds of database.</summary>
static class Numbers
{
    /// <summary>SQL of a derived table <c>x</c> whose column <c>n</c> counts from 0; at most 100,000 rows.</summary>
    public static string Below(int count) => $"""
        (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n
         FROM {Digits} a CROSS JOIN {Digits} b CROSS JOIN {Digits} c CROSS JOIN {Digits} d CROSS JOIN {Digits} e
         WHERE a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n < {count}) x
        """;

    static string Digits { get; } = $"(SELECT 0 AS n{string.Concat(Enumerable.Range(1, 9).Select(n => $" UNION ALL SELECT {n}"))})";
}
