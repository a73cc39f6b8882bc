using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Tests.Events;

namespace Lnvps.Nostr.Tests.HttpAuth;

/// <summary>Every check of customer-api.md section 2, in its order.</summary>
public class Nip98Tests
{
    const string Path = "/api/v1/vm";
    const string Url = "https://api.lnvps.net/api/v1/vm";

    static readonly Nip98Request s_request = new("GET", Path, Sample.Now);

    static EventTag[] Tags(string url = Url, string method = "GET") => [new("u", url), new("method", method)];

    static string Header(EventTag[] tags, int kind = Nip98.Kind, long createdAfter = 0) =>
        Header(NostrEvent.Sign(Sample.Key, Sample.Now.PlusSeconds(createdAfter), kind, tags, "").ToJson());

    static string Header(byte[] json) => "Nostr " + Convert.ToBase64String(json);

    static Nip98Outcome Check(string header) => Nip98.VerifyHeader(header, s_request).Outcome;

    static Nip98Outcome Check(EventTag[] tags, Nip98Request? request = null) => Nip98.VerifyHeader(Header(tags), request ?? s_request).Outcome;

    [Fact]
    public void A_good_credential_names_the_account_and_the_event()
    {
        var signed = NostrEvent.Sign(Sample.Key, Sample.Now, Nip98.Kind, Tags(), "");
        var result = Nip98.VerifyHeader(Header(signed.ToJson()), s_request);
        Assert.True(result.IsOk);
        Assert.Equal(Sample.Key.PublicKey, result.PublicKey);
        Assert.Equal(signed.Id, result.EventId);
        Assert.Equal(200, result.Outcome.Status());
    }

    [Fact]
    public void A_refusal_names_nobody()
    {
        var result = Nip98.VerifyHeader(Header(Tags(method: "POST")), s_request);
        Assert.Equal(new Nip98Result(Nip98Outcome.OtherMethod, default, default), result);
        Assert.False(default(Nip98Result).IsOk);
    }

    [Theory]
    [InlineData("", Nip98Outcome.NoHeader)]
    [InlineData("  ", Nip98Outcome.NoHeader)]
    [InlineData("Nostr é", Nip98Outcome.NoHeader)]
    [InlineData("Nostr", Nip98Outcome.OtherScheme)]
    [InlineData("Nostr\teyJ9", Nip98Outcome.OtherScheme)]
    [InlineData("NostreyJ9", Nip98Outcome.OtherScheme)]
    [InlineData("Bearer abc", Nip98Outcome.OtherScheme)]
    [InlineData("Basic Nostr ", Nip98Outcome.OtherScheme)]
    [InlineData("Nostr ", Nip98Outcome.NotAnEvent)]
    [InlineData("Nostr =", Nip98Outcome.NotAnEvent)]
    [InlineData("Nostr !!!!", Nip98Outcome.NotBase64)]
    [InlineData("Nostr abcde", Nip98Outcome.NotBase64)]
    [InlineData("Nostr a=bc", Nip98Outcome.NotBase64)]
    [InlineData("Nostr e30=", Nip98Outcome.NotAnEvent)] // {}
    [InlineData("Nostr bnVsbA==", Nip98Outcome.NotAnEvent)] // null
    [InlineData("nostr bnVsbA==", Nip98Outcome.NotAnEvent)]
    [InlineData("NOSTR bnVsbA==", Nip98Outcome.NotAnEvent)]
    public void What_the_header_must_look_like(string header, Nip98Outcome outcome) => Assert.Equal(outcome, Check(header));

    [Fact]
    public void No_credential_is_403_and_a_wrong_one_401()
    {
        foreach (var outcome in Enum.GetValues<Nip98Outcome>())
        {
            var expected = outcome switch { Nip98Outcome.NoHeader or Nip98Outcome.OtherScheme => 403, Nip98Outcome.Ok => 200, _ => 401 };
            Assert.Equal(expected, outcome.Status());
            if (expected == 401)
                Assert.Matches("^(Invalid auth|Auth check failed): ", outcome.Message());
        }
        Assert.Equal(16, Enum.GetValues<Nip98Outcome>().Select(o => o.Message()).Distinct().Count());
    }

    [Fact]
    public void Base64_may_come_in_any_of_its_forms()
    {
        // A content that makes both special letters of the alphabet appear.
        var json = NostrEvent.Sign(Sample.Key, Sample.Now, Nip98.Kind, Tags(), "~~~???>>>ÿÿÿ~?>").ToJson();
        var base64 = Convert.ToBase64String(json);
        while (!base64.Contains('=', StringComparison.Ordinal) || !base64.Contains('+', StringComparison.Ordinal) || !base64.Contains('/', StringComparison.Ordinal))
        {
            json = [(byte)' ', .. json];
            base64 = Convert.ToBase64String(json);
        }
        var urlSafe = base64.Replace('+', '-').Replace('/', '_');
        string[] forms =
        [
            base64, base64.TrimEnd('='), urlSafe, urlSafe.TrimEnd('='), $"  {base64}\t", base64[..100] + "\r\n " + base64[100..], base64 + "==",
        ];
        Assert.All(forms, form => Assert.Equal(Nip98Outcome.Ok, Check("Nostr " + form)));
        Assert.All(forms, form => Assert.Equal(Nip98Outcome.Ok, Check("nOSTR " + form)));

        // The query form: nobody encodes the plus sign, so that it arrives as a space.
        string[] queries = [base64, base64.Replace('+', ' '), $" {base64} ", urlSafe.TrimEnd('=')];
        Assert.All(queries, form => Assert.Equal(Nip98Outcome.Ok, Nip98.VerifyQuery(form, s_request).Outcome));
        Assert.NotEqual(Nip98Outcome.Ok, Check("Nostr " + base64.Replace('+', ' ')));
    }

    [Theory]
    [InlineData("", Nip98Outcome.NoHeader)]
    [InlineData(" ", Nip98Outcome.NoHeader)]
    [InlineData("é", Nip98Outcome.NotBase64)]
    [InlineData("e30", Nip98Outcome.NotAnEvent)]
    [InlineData("Nostr e30", Nip98Outcome.NotBase64)]
    public void What_the_query_must_look_like(string auth, Nip98Outcome outcome) => Assert.Equal(outcome, Nip98.VerifyQuery(auth, s_request).Outcome);

    [Fact]
    public void Longer_texts_than_any_client_sends_still_work_up_to_the_limit()
    {
        foreach (var padding in (int[])[0, 100, 1_000, 5_000, 11_000])
        {
            var json = Sample.Changed(NostrEvent.Sign(Sample.Key, Sample.Now, Nip98.Kind, Tags(), ""), e => e["padding"] = new string('x', padding));
            Assert.Equal(Nip98Outcome.Ok, Check(Header(json)));
        }
        Assert.Equal(Nip98Outcome.NotBase64, Check("Nostr " + new string('A', Nip98.MaxLength + 4)));
        Assert.Equal(Nip98Outcome.NotAnEvent, Check("Nostr " + new string('A', Nip98.MaxLength)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(22242)]
    [InlineData(27234)]
    [InlineData(27236)]
    public void Check_1_kind(int kind) => Assert.Equal(Nip98Outcome.OtherKind, Check(Header(Tags(), kind)));

    [Theory]
    [InlineData(0, true)]
    [InlineData(600, true)]
    [InlineData(-600, true)]
    [InlineData(601, false)]
    [InlineData(-601, false)]
    [InlineData(1_000_000_000, false)]
    public void Check_2_time_is_within_600_seconds_either_way_inclusive(long createdAfter, bool valid) =>
        Assert.Equal(valid ? Nip98Outcome.Ok : Nip98Outcome.OutOfTime, Check(Header(Tags(), createdAfter: createdAfter)));

    [Fact]
    public void Check_2_a_time_at_the_end_of_the_numbers_is_out_of_range()
    {
        var signed = NostrEvent.Sign(Sample.Key, Sample.Now, Nip98.Kind, Tags(), "");
        foreach (var time in (long[])[0, long.MaxValue, long.MaxValue - 1])
            Assert.Equal(Nip98Outcome.OutOfTime, Check(Header(Sample.Changed(signed, e => e["created_at"] = time))));
    }

    [Fact]
    public void Check_3_a_url_is_there()
    {
        Assert.Equal(Nip98Outcome.NoUrl, Check([new("method", "GET")]));
        Assert.Equal(Nip98Outcome.NoUrl, Check([new("u"), new("method", "GET")]));
        Assert.Equal(Nip98Outcome.NoUrl, Check([new("U", Url), new("method", "GET")]));
        Assert.Equal(Nip98Outcome.NoUrl, Check([new(), new("", "u", Url), new("method", "GET")]));
        Assert.Equal(Nip98Outcome.NoUrl, Check([]));
        Assert.Equal(Nip98Outcome.Ok, Check([new(), new("u"), new("method"), new("u", Url, "more"), new("method", "GET", "more")]));
    }

    [Fact]
    public void Check_3_the_first_url_with_a_value_counts()
    {
        Assert.Equal(Nip98Outcome.Ok, Check([new("u", Url), new("u", Url + "/7"), new("method", "GET"), new("method", "POST")]));
        Assert.Equal(Nip98Outcome.OtherPath, Check([new("u", Url + "/7"), new("u", Url), new("method", "GET")]));
        Assert.Equal(Nip98Outcome.BadUrl, Check([new("u", ""), new("u", Url), new("method", "GET")]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/api/v1/vm")]
    [InlineData("api.lnvps.net/api/v1/vm")]
    [InlineData("https:/api/v1/vm")]
    [InlineData("https:///api/v1/vm")]
    [InlineData("https://?/api/v1/vm")]
    [InlineData("://host/api/v1/vm")]
    [InlineData("1s://host/api/v1/vm")]
    [InlineData("ht tps://host/api/v1/vm")]
    [InlineData("https://ho st/api/v1/vm")]
    [InlineData("https://host/api/v1/vm\n")]
    [InlineData("https://host/api/v1/vm\u0000")]
    [InlineData("https://host/api\\v1\\vm")]
    [InlineData("https://host/api/v1/vm\"")]
    [InlineData("https://höst/api/v1/vm")]
    public void Check_3_what_is_not_a_url(string url) => Assert.Equal(Nip98Outcome.BadUrl, Check(Tags(url)));

    [Theory]
    [InlineData("https://api.lnvps.net/api/v1/vm")]
    [InlineData("http://localhost:8000/api/v1/vm")]
    [InlineData("HTTP://[::1]:8000/api/v1/vm")]
    [InlineData("http://abcdefghij234567.onion/api/v1/vm")]
    [InlineData("wss://user:pass@host/api/v1/vm")]
    [InlineData("https://host/api/v1/vm?limit=5&x=/other#fragment")]
    [InlineData("https://host/api/v1/vm?é={\"\\\n")]
    [InlineData("https://host/api/v1/vm#é?")]
    public void Check_3_only_the_path_is_compared(string url) => Assert.Equal(Nip98Outcome.Ok, Check(Tags(url)));

    [Theory]
    [InlineData("/api/v1/vm/")]
    [InlineData("/api/v1/VM")]
    [InlineData("/api/v1/v")]
    [InlineData("/api/v1/vm7")]
    [InlineData("/api/v1/%76m")]
    [InlineData("/api/v1/../v1/vm")]
    [InlineData("//api/v1/vm")]
    [InlineData("/api/v1/vm;x")]
    [InlineData("/prefix/api/v1/vm")]
    [InlineData("/")]
    [InlineData("")]
    public void Check_3_another_path(string path) => Assert.Equal(Nip98Outcome.OtherPath, Check(Tags("https://host" + path)));

    [Theory]
    [InlineData("/api/v1/a%20b%2Fc", "https://h/api/v1/a%20b%2Fc", true)]
    [InlineData("/api/v1/a%20b%2Fc", "https://h/api/v1/a%20b%2fc", false)]
    [InlineData("/api/v1/a%20b%2Fc", "https://h/api/v1/a b/c", false)]
    [InlineData("/api/v1/%C3%A9", "https://h/api/v1/%C3%A9", true)]
    [InlineData("/api/v1/%C3%A9", "https://h/api/v1/é", false)]
    [InlineData("/api/v1/vm?limit=1", "https://h/api/v1/vm", true)]
    [InlineData("/api/v1/vm?limit=1", "https://h/api/v1/vm?limit=2", true)]
    [InlineData("/?a", "https://h", true)]
    [InlineData("/", "https://h?x", true)]
    [InlineData("http://h:1/api/v1/vm?x", "https://h/api/v1/vm", true)]
    [InlineData("http://h:1", "https://h/", true)]
    [InlineData("*", "https://h/", false)]
    [InlineData("", "https://h/", false)]
    public void Check_3_bytes_are_compared_as_sent(string target, string url, bool same) =>
        Assert.Equal(same, Check(Tags(url), s_request with { Target = target }) == Nip98Outcome.Ok);

    [Fact]
    public void Check_3_escaped_slashes_of_some_Json_writers_are_slashes()
    {
        var json = NostrEvent.Sign(Sample.Key, Sample.Now, Nip98.Kind, Tags(), "").ToString().Replace("/", "\\/", StringComparison.Ordinal);
        Assert.Equal(Nip98Outcome.Ok, Check(Header(Encoding.UTF8.GetBytes(json))));
    }

    [Fact]
    public void Check_4_method()
    {
        Assert.Equal(Nip98Outcome.NoMethod, Check([new("u", Url)]));
        Assert.Equal(Nip98Outcome.NoMethod, Check([new("u", Url), new("method")]));
        foreach (var method in (string[])["get", "POST", "GET ", "", "GE", "GETT", "HEAD"])
            Assert.Equal(Nip98Outcome.OtherMethod, Check(Tags(method: method)));
        Assert.Equal(Nip98Outcome.Ok, Check(Tags(method: "PATCH"), s_request with { Method = "PATCH" }));
        Assert.Equal(Nip98Outcome.OtherMethod, Check(Tags(), s_request with { Method = "HEAD" }));
    }

    [Fact]
    public void Check_5_payload()
    {
        var body = SHA256.HashData("{}"u8);
        var hash = new Bytes32(body);
        EventTag[] With(string payload) => [.. Tags(), new("payload", payload)];
        var request = s_request with { BodyHash = hash };

        Assert.Equal(Nip98Outcome.Ok, Check(With(Convert.ToHexStringLower(body)), request));
        Assert.Equal(Nip98Outcome.Ok, Check(With(Convert.ToHexString(body)), request));
        Assert.Equal(Nip98Outcome.BodyHashNeeded, Check(With(Convert.ToHexString(body))));
        Assert.Equal(Nip98Outcome.OtherBody, Check(With(Convert.ToHexString(body)), s_request with { BodyHash = new Bytes32(SHA256.HashData([])) }));
        Assert.Equal(Nip98Outcome.OtherBody, Check(With(""), request));
        Assert.Equal(Nip98Outcome.OtherBody, Check(With(Convert.ToHexString(body)[1..]), request));
        Assert.Equal(Nip98Outcome.OtherBody, Check(With(new string('z', 64)), request));
        // Missing, or a name only: not checked.
        Assert.Equal(Nip98Outcome.Ok, Check(Tags(), request));
        Assert.Equal(Nip98Outcome.Ok, Check([.. Tags(), new("payload")], request));
        // The hash of nothing, as the specification of NIP-98 has it for an empty body.
        Assert.Equal(Nip98Outcome.Ok, Check(
            With("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), s_request with { BodyHash = new Bytes32(SHA256.HashData([])) }));
    }

    [Fact]
    public void Checks_6_and_7_id_and_signature()
    {
        var good = NostrEvent.Sign(Sample.Key, Sample.Now, Nip98.Kind, Tags(), "");
        using var stranger = Nostr.Keys.SecretKey.Generate();
        var other = NostrEvent.Sign(stranger, Sample.Now, Nip98.Kind, Tags(), "");
        byte[][] forged =
        [
            Sample.Changed(good, e => e["id"] = other.Id.ToString()),
            Sample.Changed(good, e => e["sig"] = other.Signature.ToString()),
            Sample.Changed(good, e => e["pubkey"] = other.PublicKey.ToString()),
            Sample.Changed(good, e => { e["id"] = other.Id.ToString(); e["sig"] = other.Signature.ToString(); }),
            Sample.Changed(good, e => e["sig"] = new string('0', 128)),
            Sample.Changed(good, e => e["pubkey"] = new string('0', 64)),
            Sample.Changed(good, e => e["content"] = "x"),
            Sample.Changed(good, e => e["created_at"] = Sample.Now.UnixSeconds + 1),
            Sample.Changed(good, e => e["tags"]!.AsArray().Add(new System.Text.Json.Nodes.JsonArray())),
        ];
        Assert.All(forged, json => Assert.Equal(Nip98Outcome.BadSignature, Check(Header(json))));
        Assert.Equal(Nip98Outcome.Ok, Check(Header(good.ToJson())));
    }

    [Fact]
    public void The_content_is_not_looked_at() =>
        Assert.Equal(Nip98Outcome.Ok, Check(Header(NostrEvent.Sign(Sample.Key, Sample.Now, Nip98.Kind, Tags(), "any \"thing\" \n").ToJson())));

    [Fact]
    public void Checks_run_in_the_order_of_the_specification()
    {
        // Everything is wrong at first; each step repairs what is complained about.
        var request = s_request with { BodyHash = default(Bytes32) };
        Assert.Equal(Nip98Outcome.OtherKind, Outcome(1, -700, [new("payload", "x")]));
        Assert.Equal(Nip98Outcome.OutOfTime, Outcome(Nip98.Kind, -700, [new("payload", "x")]));
        Assert.Equal(Nip98Outcome.NoUrl, Outcome(Nip98.Kind, 0, [new("payload", "x")]));
        Assert.Equal(Nip98Outcome.BadUrl, Outcome(Nip98.Kind, 0, [new("u", "x"), new("payload", "x")]));
        Assert.Equal(Nip98Outcome.OtherPath, Outcome(Nip98.Kind, 0, [new("u", "https://h/x"), new("payload", "x")]));
        Assert.Equal(Nip98Outcome.NoMethod, Outcome(Nip98.Kind, 0, [new("u", Url), new("payload", "x")]));
        Assert.Equal(Nip98Outcome.OtherMethod, Outcome(Nip98.Kind, 0, [new("u", Url), new("method", "X"), new("payload", "x")]));
        Assert.Equal(Nip98Outcome.OtherBody, Outcome(Nip98.Kind, 0, [.. Tags(), new("payload", "x")]));
        Assert.Equal(Nip98Outcome.BadSignature, Outcome(Nip98.Kind, 0, Tags()));

        Nip98Outcome Outcome(int kind, long after, EventTag[] tags)
        {
            var signed = NostrEvent.Sign(Sample.Key, Sample.Now.PlusSeconds(after), kind, tags, "");
            return Nip98.VerifyHeader(Header(Sample.Changed(signed, e => e["sig"] = new string('0', 128))), request).Outcome;
        }
    }

    [Theory]
    [InlineData("GET", "https://api.lnvps.net/api/v1/vm?limit=3", null)]
    [InlineData("POST", "http://127.0.0.1:8000/api/v1/vm", "{\"a\":1}")]
    [InlineData("PATCH", "http://127.0.0.1:8000/api/v1/vm", "")]
    public void Our_own_client_is_let_in(string method, string url, string? body)
    {
        var bytes = body is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(body);
        var header = Nip98.Sign(Sample.Key, method, url, Sample.Now, bytes);
        var request = new Nip98Request(method, Path, Sample.Now, new Bytes32(SHA256.HashData(Encoding.UTF8.GetBytes(body ?? ""))));
        Assert.Equal(new Nip98Result(Nip98Outcome.Ok, Sample.Key.PublicKey, Nip98.VerifyHeader(header, request).EventId), Nip98.VerifyHeader(header, request));
        Assert.Equal(body is null ? Nip98Outcome.Ok : Nip98Outcome.BodyHashNeeded, Nip98.VerifyHeader(header, request with { BodyHash = null }).Outcome);
        Assert.Equal(body is null ? Nip98Outcome.Ok : Nip98Outcome.OtherBody, Nip98.VerifyHeader(header, request with { BodyHash = default(Bytes32) }).Outcome);
    }
}
