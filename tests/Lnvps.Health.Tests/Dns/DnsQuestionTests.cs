using System.Diagnostics;
using System.Net;
using DnsClient;
using Lnvps.Health.Dns;
using Lnvps.Testing.Servers;

namespace Lnvps.Health.Tests.Dns;

public class DnsQuestionTests
{
    // Where an answer comes, it may take its time on a busy machine; where none comes, it is waited for in vain.
    static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);
    static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(300);

    static Task<DnsAnswer> Ask(IPEndPoint server, TimeSpan patience, QueryType type = QueryType.A, string name = "shop.example") =>
        new Lnvps.Health.Dns.DnsQuestion(server, name, patience).Ask(type, CancellationToken.None);

    [Fact]
    public async Task An_answer_has_the_addresses_and_its_latency()
    {
        using var server = new DnsStub((question, _) => DnsStub.Reply(question, 0, 192, 0, 2, 1));
        var answer = await Ask(server.EndPoint, s_long);
        Assert.Equal([IPAddress.Parse("192.0.2.1")], answer.Addresses);
        Assert.Null(answer.Problem);
        Assert.True(answer.Latency > TimeSpan.Zero);
        // Recursion desired.
        Assert.Equal(1, server.Questions.Single()[2] & 1);
    }

    [Fact]
    public async Task A_silent_server_is_asked_three_times()
    {
        using var server = new DnsStub((_, _) => null);
        var answer = await Ask(server.EndPoint, s_short);
        Assert.Equal("no answer in time (3 tries)", answer.Problem);
        Assert.Null(answer.Latency);
        Assert.Equal(3, server.Questions.Count);
    }

    [Fact]
    public async Task The_latency_is_that_of_the_try_that_succeeded()
    {
        var patience = TimeSpan.FromSeconds(2);
        var started = Stopwatch.GetTimestamp();
        using var server = new DnsStub((question, number) => number == 1 ? null : DnsStub.Reply(question, 0, 192, 0, 2, 1));
        var answer = await Ask(server.EndPoint, patience);
        Assert.Null(answer.Problem);
        // The first try was waited for in full, and is no part of it.
        Assert.True(answer.Latency <= Stopwatch.GetElapsedTime(started) - patience + TimeSpan.FromMilliseconds(50));
    }

    [Theory]
    [InlineData(2, "SERVFAIL")]
    [InlineData(3, "NXDOMAIN")]
    [InlineData(5, "REFUSED")]
    [InlineData(4, "error")]
    public async Task An_error_answer_is_a_problem_at_once(byte code, string named)
    {
        using var server = new DnsStub((question, _) => DnsStub.Reply(question, code));
        var answer = await Ask(server.EndPoint, s_long);
        Assert.Contains(named, answer.Problem, StringComparison.Ordinal);
        Assert.Single(server.Questions);
    }

    [Fact]
    public async Task Empty_is_an_answer()
    {
        using var server = new DnsStub((question, _) => DnsStub.Reply(question));
        var answer = await Ask(server.EndPoint, s_long);
        Assert.Empty(answer.Addresses);
        Assert.Null(answer.Problem);
    }

    [Fact]
    public async Task An_answer_to_another_question_or_garbage_is_none()
    {
        using var other = new DnsStub((question, _) =>
        {
            var answer = DnsStub.Reply(question, 0, 192, 0, 2, 66);
            answer[0] ^= 0x55;
            return answer;
        });
        Assert.NotNull((await Ask(other.EndPoint, s_short)).Problem);
        using var garbage = new DnsStub((question, _) => [question[0], question[1], 0x81]);
        Assert.NotNull((await Ask(garbage.EndPoint, s_short)).Problem);
    }

    [Fact]
    public async Task Nobody_there_is_a_problem()
    {
        IPEndPoint gone;
        using (var server = new DnsStub((_, _) => null))
            gone = server.EndPoint;
        Assert.Contains("3 tries", (await Ask(gone, s_short)).Problem, StringComparison.Ordinal);
    }

    /// <summary>dnsmasq: both families, aliases, and an answer that fits into TCP only.</summary>
    [Fact]
    [Trait("Speed", "slow")]
    public async Task A_real_server_is_understood()
    {
        using var server = new DnsServer();
        await server.Serve(["--host-record=dual.example,192.0.2.10,2001:db8::10", "--cname=alias.example,dual.example", "--edns-packet-max=512",
            .. Enumerable.Range(1, 60).Select(i => $"--host-record=many.example,192.0.2.{i}")]);
        Assert.Equal([IPAddress.Parse("192.0.2.10")], (await Ask(server.EndPoint, s_long, name: "alias.example")).Addresses);
        Assert.Equal([IPAddress.Parse("2001:db8::10")], (await Ask(server.EndPoint, s_long, QueryType.AAAA, "dual.example")).Addresses);
        Assert.Equal(60, (await Ask(server.EndPoint, s_long, name: "many.example")).Addresses.Count);
        Assert.Contains("NXDOMAIN", (await Ask(server.EndPoint, s_long, name: "none.example")).Problem, StringComparison.Ordinal);
        Assert.Contains("REFUSED", (await Ask(server.EndPoint, s_long, name: "elsewhere.test")).Problem, StringComparison.Ordinal);
    }
}
