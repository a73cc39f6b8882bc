using Lnvps.Core.Identity;
using Lnvps.Nostr.Wallets;

namespace Lnvps.Nostr.Tests.Wallets;

public class WalletMessagesTests
{
    const string Preimage = "b0635d6a9851d3aed0cd6c495b282167acf761729078d975fc341b22650b07b9";

    static WalletReply? Read(string method, string json) => WalletMessages.TryParse(method, json, out var reply) ? reply : null;

    [Fact]
    public void Requests_are_as_the_protocol_wants_them()
    {
        Assert.Equal("{\"method\":\"get_info\",\"params\":{}}", WalletMessages.Request("get_info"));
        Assert.Equal("{\"method\":\"pay_invoice\",\"params\":{\"invoice\":\"lnbc1\"}}", WalletMessages.Request("pay_invoice", ("invoice", "lnbc1")));
    }

    [Fact]
    public void Replies_are_read()
    {
        Assert.True(Bytes32.TryParseHex(Preimage, out var preimage));
        Assert.Equal(new WalletReply.Paid(preimage, 3), Read("pay_invoice", $$$"""{"result_type":"pay_invoice","error":null,"result":{"preimage":"{{{Preimage}}}","fees_paid":3}}"""));
        Assert.Equal(new WalletReply.Paid(null, null), Read("pay_invoice", """{"result_type":"pay_invoice","result":{"preimage":"","fees_paid":null}}"""));
        Assert.Equal(new WalletReply.Error("QUOTA_EXCEEDED", "budget is used up"),
            Read("pay_invoice", """{"result_type":"pay_invoice","error":{"code":"QUOTA_EXCEEDED","message":"budget\nis used up"},"result":null}"""));
        Assert.Equal(new WalletReply.Error("OTHER", ""), Read("pay_invoice", """{"result_type":"pay_invoice","error":{}}"""));
        Assert.Equal(["pay_invoice", "x"], Assert.IsType<WalletReply.Info>(
            Read("get_info", """{"result_type":"get_info","result":{"methods":["pay_invoice",5,"x"],"alias":null,"block_height":""}}""")).Methods);
        Assert.Equal(new WalletReply.Invoice("settled", IsSettled: true), Read("lookup_invoice", """{"result_type":"lookup_invoice","result":{"state":"settled"}}"""));
        Assert.Equal(new WalletReply.Invoice("failed", IsSettled: false), Read("lookup_invoice", $$$"""{"result_type":"lookup_invoice","result":{"state":"failed","preimage":"{{{Preimage}}}"}}"""));
        Assert.Equal(new WalletReply.Invoice(null, IsSettled: true), Read("lookup_invoice", """{"result_type":"lookup_invoice","result":{"settled_at":17}}"""));
        Assert.Equal(new WalletReply.Invoice(null, IsSettled: false), Read("lookup_invoice", """{"result_type":"lookup_invoice","result":{"settled_at":null,"preimage":""}}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"result_type":"get_info","result":{"preimage":"00"}}""")]
    [InlineData("""{"result_type":"pay_invoice","result":null}""")]
    [InlineData("""{"result_type":"pay_invoice","result":{}}""")]
    [InlineData("""{"result_type":"pay_invoice","result":{"preimage":5}}""")]
    [InlineData("""{"result_type":"pay_invoice","result":{"preimage":"\ud800"}}""")]
    [InlineData("""{"result":{"preimage":"00"}}""")]
    public void Anything_else_is_not_a_reply(string json) => Assert.Null(Read("pay_invoice", json));
}
