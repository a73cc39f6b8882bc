using Lnvps.Hosting.Http;
using Lnvps.Platform.Taxes;
using Lnvps.Testing.Taxes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Taxes;

public class VatRegisterTests
{
    [Fact]
    public async Task The_register_is_asked_with_letters_and_number_apart()
    {
        await using var vies = await ViesSimulator.Start();
        vies.Registered["DE123456789"] = "ACME GmbH";
        using var http = OutgoingHttp.ForCalls();
        var register = new VatRegister(http, vies.Url, TimeProvider.System, NullLogger<VatRegister>.Instance);

        Assert.Null(await register.Check("de 123.456-789", default));
        Assert.Equal("Invalid tax ID", (await register.Check("DE 000", default))!.Message);
        Assert.Equal(["DE123456789", "DE000"], vies.Asked);
    }

    [Theory]
    [InlineData("DE")]
    [InlineData("12345")]
    [InlineData("ÄÖ123")]
    [InlineData("🦊")]
    public async Task What_is_no_number_is_not_asked_for(string text)
    {
        await using var vies = await ViesSimulator.Start();
        using var http = OutgoingHttp.ForCalls();
        var register = new VatRegister(http, vies.Url, TimeProvider.System, NullLogger<VatRegister>.Instance);

        Assert.Equal("Invalid tax ID", (await register.Check(text, default))!.Message);
        Assert.Empty(vies.Asked);
    }

    [Theory]
    [InlineData(ViesFault.Wrapped)]
    [InlineData(ViesFault.UserError)]
    [InlineData(ViesFault.NoVerdict)]
    [InlineData(ViesFault.ServerError)]
    [InlineData(ViesFault.Garbage)]
    [InlineData(ViesFault.Endless)]
    [InlineData(ViesFault.Abort)]
    public async Task A_fault_of_the_register_is_no_verdict(ViesFault fault)
    {
        await using var vies = await ViesSimulator.Start();
        vies.Fault = fault;
        using var http = OutgoingHttp.ForCalls();
        var register = new VatRegister(http, vies.Url, TimeProvider.System, NullLogger<VatRegister>.Instance);

        Assert.StartsWith("Failed to validate tax ID: ", (await register.Check("DE123456789", default))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_is_given_up_after_ten_seconds()
    {
        await using var vies = await ViesSimulator.Start();
        vies.Fault = ViesFault.Silence;
        using var http = OutgoingHttp.ForCalls();
        var time = new FakeTimeProvider();
        var check = new VatRegister(http, vies.Url, time, NullLogger<VatRegister>.Instance).Check("DE123456789", default);
        while (vies.Asked.Count == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);

        time.Advance(TimeSpan.FromSeconds(9.9));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(check.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.StartsWith("Failed to validate", (await check)!.Message, StringComparison.Ordinal);
    }
}
