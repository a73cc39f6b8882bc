using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Catalogue;
using Lnvps.Platform;

namespace Lnvps.Api.Images;

/// <summary>An installable operating system image.</summary>
sealed record ImageView(uint Id, [property: Words(typeof(OsDistribution))] string Distribution, string Flavour, string Version, Instant ReleaseDate, string? DefaultUsername)
{
    public static ImageView Of(ImageRow row) =>
        new(row.Id.Value, row.Distribution.WireName(), row.Flavour, row.Version, row.ReleaseDate, row.DefaultUsername);
}

/// <summary>GET /api/v1/image: enabled images, by id.</summary>
sealed class ListImages(Shop shop)
{
    public void Map(Routes routes) => routes.Get("/api/v1/image", Access.Public, ApiJson.Wire.ListImageView, Handle)
        .Summary("Operating systems that can be installed");

    async Task<Result<List<ImageView>>> Handle(Call call)
    {
        var images = await shop.Db.Read(session => session.ListEnabledImages(call.Stop), call.Stop);
        return images.ConvertAll(ImageView.Of);
    }
}
