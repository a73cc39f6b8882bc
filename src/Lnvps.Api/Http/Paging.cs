namespace Lnvps.Api.Http;

/// <summary>Which rows of a list are wanted (customer-api.md section 1.3).</summary>
/// <param name="Limit">0…100; a larger wish is lowered.</param>
readonly record struct Paging(long Limit, long Offset)
{
    const long UsualLimit = 50;
    const long MostRows = 100;

    /// <summary>400 for a value that is no unsigned integer.</summary>
    public static Paging Of(Call call) => new(Math.Min(call.QueryInteger("limit") ?? UsualLimit, MostRows), call.QueryInteger("offset") ?? 0);
}

/// <summary>A page of a list.</summary>
/// <param name="Total">Rows of all pages.</param>
sealed record Page<T>(List<T> Rows, long Total);
