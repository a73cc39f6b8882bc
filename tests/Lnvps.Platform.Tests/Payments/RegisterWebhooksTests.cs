using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Database.Companies;
using Lnvps.Hosting.Http;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Payments;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Platform.Tests.Payments;

/// <summary>Registration of the webhook (billing.md section 14): the five cases, several processes, changes while the program runs.</summary>
public sealed class RegisterWebhooksTests : IAsyncLifetime
{
    const string Ours = "http://127.0.0.1:8000/api/v1/webhook/revolut";

    readonly HttpClient _http = OutgoingHttp.ForCalls(TimeSpan.FromSeconds(2));
    RevolutSimulator _revolut = null!;
    WorkerRig _rig = null!;

    public async Task InitializeAsync()
    {
        _revolut = await RevolutSimulator.Start();
        _rig = await WorkerRig.Create(DatabaseKind.Sqlite);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _rig.DisposeAsync();
        await _revolut.DisposeAsync();
    }

    RegisterWebhooks Process(string name = "one") => new(_rig.Shop, new RevolutClient(_http), name, NullLogger<RegisterWebhooks>.Instance);

    Task Insert(string config, bool enabled = true) => _rig.Db.Write(session => session.InsertProvider(
        new PaymentProviderRow { CompanyId = new CompanyId(1), PaymentMethod = PaymentMethod.Revolut, Name = "Revolut", Enabled = enabled, ProviderType = "revolut", Config = config },
        WorkerRig.Noon, default), default);

    async Task<PaymentProviderRow> Row() => (await _rig.Db.Read(session => session.ListProviders(PaymentMethod.Revolut, default), default))[0];

    async Task<string?> Secret() => RevolutAccount.Of(await Row())!.WebhookSecret;

    int Made => _revolut.Calls.Count(call => call is { Method: "POST", Path: "/api/1.0/webhooks" });

    [Fact]
    public async Task Neither_secret_nor_address_one_is_made()
    {
        await Insert(_revolut.Config);
        var process = Process();
        await process.Round(default);
        Assert.Equal([Ours], _revolut.Webhooks);
        Assert.Equal(_revolut.SigningSecret, await Secret());
        Assert.Contains("ORDER_AUTHORISED", _revolut.Calls[^1].Body, StringComparison.Ordinal);

        // Known now: nobody is asked again, until the row changes.
        var calls = _revolut.Calls.Count;
        await process.Round(default);
        Assert.Equal(calls, _revolut.Calls.Count);
    }

    [Fact]
    public async Task Secret_and_address_are_used_as_they_are()
    {
        await Insert(_revolut.Config);
        await Process().Round(default);
        var secret = await Secret();

        await Process("after a restart").Round(default);

        Assert.Equal((1, secret), (Made, await Secret()));
    }

    [Fact]
    public async Task A_secret_without_the_address_is_replaced()
    {
        await Insert(RevolutAccount.WithSecret(_revolut.Config, "of another installation"));
        await Process().Round(default);
        Assert.Equal(_revolut.SigningSecret, await Secret());
    }

    [Fact]
    public async Task An_address_without_the_secret_is_deleted_and_made_anew()
    {
        await Insert(_revolut.Config);
        await Process().Round(default);
        await _rig.Execute($"UPDATE payment_method_config SET config = '{_revolut.Config}'");

        await Process("after a restart").Round(default);

        Assert.Equal((Ours, 2), (Assert.Single(_revolut.Webhooks), Made));
        Assert.Equal(_revolut.SigningSecret, await Secret());
    }

    [Fact]
    public async Task Several_processes_register_once()
    {
        await Insert(_revolut.Config);
        var processes = Enumerable.Range(0, 6).Select(i => Process($"process {i}")).ToList();
        for (var round = 0; round < 3; round++)
            await Task.WhenAll(processes.Select(process => Task.Run(() => process.Round(default))));

        Assert.Equal((Ours, 1), (Assert.Single(_revolut.Webhooks), Made));
        Assert.Equal(_revolut.SigningSecret, await Secret());
    }

    [Theory]
    [InlineData(RevolutFault.ServerError)]
    [InlineData(RevolutFault.LostAnswer)]
    [InlineData(RevolutFault.Silence)]
    [InlineData(RevolutFault.Garbage)]
    public async Task A_failure_is_followed_by_another_round(RevolutFault fault)
    {
        await Insert(_revolut.Config);
        _revolut.Fail(call => call.Method == "POST" ? fault : null);
        var process = Process();
        await process.Round(default);
        Assert.Null(await Secret());

        _revolut.Heal();
        await process.Round(default);

        // The registration whose secret was lost is not left behind.
        Assert.Equal([Ours], _revolut.Webhooks);
        Assert.Equal(_revolut.SigningSecret, await Secret());
    }

    [Fact]
    public async Task Disabled_and_broken_rows_are_left_alone_and_later_changes_are_noticed()
    {
        await Insert(_revolut.Config, enabled: false);
        await Insert("""{"type":"revolut","token":7}""");
        var process = Process();
        await process.Round(default);
        Assert.Empty(_revolut.Calls);

        await _rig.Execute("UPDATE payment_method_config SET enabled = 1 WHERE id = 1");
        await process.Round(default);
        Assert.Equal(_revolut.SigningSecret, await Secret());
    }
}
