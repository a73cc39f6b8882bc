using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Tests.Events;

namespace Lnvps.Nostr.Tests.Relays;

public class RelayMessageTests
{
    const string Id = "b0635d6a9851d3aed0cd6c495b282167acf761729078d975fc341b22650b07b9";

    static RelayMessage? Read(string json) => RelayMessage.TryParse(Encoding.UTF8.GetBytes(json), out var message) ? message : null;

    [Fact]
    public void Messages_of_the_protocol_are_read()
    {
        Assert.True(Bytes32.TryParseHex(Id, out var id));
        Assert.Equal(new RelayMessage.Ok(id, Accepted: true, ""), Read($"[\"OK\",\"{Id}\",true,\"\"]"));
        Assert.Equal(new RelayMessage.Ok(id, Accepted: false, "pow: no"), Read($" [\"OK\", \"{Id}\", false, \"pow: no\", 1, {{\"a\":[]}}] "));
        Assert.Equal(new RelayMessage.Ok(id, Accepted: true, ""), Read($"[\"OK\",\"{Id}\",true]"));
        Assert.Equal(new RelayMessage.EndOfStored("s"), Read("[\"EOSE\",\"s\"]"));
        Assert.Equal(new RelayMessage.Closed("s", "error: é"), Read("[\"CLOSED\",\"s\",\"error: \\u00e9\"]"));
        Assert.Equal(new RelayMessage.Notice("hi"), Read("[\"NOTICE\",\"hi\"]"));
        Assert.Equal(new RelayMessage.Challenge("c"), Read("[\"AUTH\",\"c\"]"));
        var sent = Sample.Event("x");
        var read = Assert.IsType<RelayMessage.Event>(Read($"[\"EVENT\", \"s\" , {sent} ]"));
        Assert.Equal(("s", sent.Id), (read.Subscription, read.Sent.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[\"EOSE\"]")]
    [InlineData("[\"EOSE\",1]")]
    [InlineData("[\"EOSE\",\"s\"")]
    [InlineData("[\"EOSE\",\"s\"] []")]
    [InlineData("[\"COUNT\",\"s\",{}]")]
    [InlineData("[\"OK\",\"s\",true,\"\"]")]
    [InlineData($"[\"OK\",\"{Id}\",1,\"\"]")]
    [InlineData("[\"EVENT\",\"s\",{}]")]
    [InlineData("[\"EVENT\",\"s\"]")]
    [InlineData("[\"NOTICE\",\"\\ud800\"]")]
    public void Anything_else_is_not(string json) => Assert.Null(Read(json));

    [Fact]
    public void Bent_messages_never_throw()
    {
        var random = new Random(20260219);
        byte[][] seeds =
        [
            .. new[] { $"[\"OK\",\"{Id}\",true,\"x\"]", "[\"CLOSED\",\"s\",\"y\"]", $"[\"EVENT\",\"s\",{Sample.Event("text", new Nostr.Events.EventTag("p", "q"))}]" }
                .Select(Encoding.UTF8.GetBytes),
        ];
        for (var i = 0; i < 30_000; i++)
        {
            var bytes = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "\"[]{},:\\u0"[random.Next(10)]);
            if (RelayMessage.TryParse(bytes.AsSpan(0, random.Next(2) == 0 ? bytes.Length : random.Next(bytes.Length)), out var message))
                Assert.NotNull(message.ToString());
        }
    }

    [Fact]
    public void Texts_of_strangers_are_made_harmless()
    {
        Assert.Equal("a b", RelayText.Clean("a\nb\u0000"));
        Assert.Equal("a b", RelayText.Clean("a\u202eb"));
        Assert.Equal(200, RelayText.Clean(new string('x', 5000)).Length);
    }
}
