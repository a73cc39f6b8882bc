using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.Payments;

/// <summary>billing.md section 10.5.</summary>
public class MemoTests
{
    [Fact]
    public void Texts()
    {
        Assert.Equal("VM renewal 5 to 2025-02-28 10:00:00 UTC", Memo.VmRenewal(new VmId(5), Instant.Utc(2025, 2, 28, 10)));
        Assert.Equal("VM upgrade 5", Memo.VmUpgrade(new VmId(5)));
        Assert.Equal("Subscription purchase: Block", Memo.Subscription(SubscriptionPaymentKind.Purchase, "Block"));
        Assert.Equal("Subscription renewal: Block", Memo.Subscription(SubscriptionPaymentKind.Renewal, "Block"));
    }

    [Theory]
    [InlineData("a", 639)]
    [InlineData("é", 638)]
    [InlineData("€", 639)]
    [InlineData("😀", 636)]
    public void Cut_at_a_character_boundary(string character, int bytes)
    {
        var cut = Memo.Cut(string.Concat(Enumerable.Repeat(character, 1_000)));
        Assert.Equal(bytes, Encoding.UTF8.GetByteCount(cut));
        Assert.Equal(string.Concat(Enumerable.Repeat(character, bytes / Encoding.UTF8.GetByteCount(character))), cut);
    }

    [Fact]
    public void Short_texts_stay()
    {
        Assert.Equal("", Memo.Cut(""));
        Assert.Equal(new string('x', 639), Memo.Cut(new string('x', 639)));
    }

    [Fact]
    public void Cuts_only_between_characters()
    {
        Assert.Equal(new string('x', 638), Memo.Cut(new string('x', 638) + "é"));
        Assert.Equal(new string('x', 637) + "é", Memo.Cut(new string('x', 637) + "éy"));
        Assert.Equal(new string('x', 636), Memo.Cut(new string('x', 636) + "😀"));
    }

    [Fact]
    public void Broken_utf16_becomes_the_replacement_character() => Assert.Equal("a\ufffdb", Memo.Cut("a\ud800b"));
}
