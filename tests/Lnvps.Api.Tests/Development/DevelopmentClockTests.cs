using System.Net;
using System.Text.Json.Nodes;

namespace Lnvps.Api.Tests.Development;

public sealed class DevelopmentClockTests
{
    [Fact]
    public async Task A_jump_beyond_what_the_database_can_store_is_refused()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        // Ten years at a time: after at most nine the year 2106 is passed.
        var answers = new List<(HttpStatusCode Status, string? Error)>();
        do
        {
            var answer = await customer.Post("/api/dev/v1/clock", new JsonObject { ["advance"] = "3660d" });
            answers.Add((answer.Status, answer.Status == HttpStatusCode.OK ? null : answer.Error));
        }
        while (answers[^1].Status == HttpStatusCode.OK && answers.Count < 12);

        Assert.True(answers.Count > 1);
        Assert.Equal(HttpStatusCode.BadRequest, answers[^1].Status);
        Assert.Equal("The clock would pass 2106-02-07T06:28:15Z, the latest time that the database can store", answers[^1].Error);
        Assert.Equal(HttpStatusCode.OK, (await customer.Post("/api/dev/v1/clock", new JsonObject { ["advance"] = "1s" })).Status);
    }
}
