using Lnvps.Lightning.Bolt11;
using Lnvps.Nostr.Keys;

namespace Lnvps.Lightning.Tests.Bolt11;

public class Bolt11ExamplesTests
{
    public static TheoryData<string> ValidNames => new(PublishedExamples.Valid.Select(example => example.Name));

    public static TheoryData<string> InvalidNames => new(PublishedExamples.Invalid.Select(example => example.Name));

    [Theory, MemberData(nameof(ValidNames))]
    public void Reads_every_field_of_a_published_invoice(string name)
    {
        var example = PublishedExamples.Valid.Single(candidate => candidate.Name == name);
        var invoice = Bolt11Decoder.Decode(example.Text).Value;
        Assert.Equal(example.Content.Network, invoice.Network);
        Assert.Equal(example.Content.Amount, invoice.Amount);
        Assert.Equal(example.Content.Created, invoice.Created);
        Assert.Equal(example.Content.Fields, invoice.Content.Fields);
        Assert.Equal(PublishedExamples.Payee, invoice.Payee.ToString());
        if (example.RecoveryId >= 0)
        {
            Assert.Equal(example.Signature, invoice.Signature.ToString());
            Assert.Equal(example.RecoveryId, invoice.RecoveryId);
        }
    }

    [Theory, MemberData(nameof(ValidNames))]
    public void Writes_a_published_invoice_to_the_letter(string name)
    {
        var example = PublishedExamples.Valid.Single(candidate => candidate.Name == name);
        Assert.Equal(example.Text, Bolt11Encoder.Encode(example.Content, PublishedExamples.Key));
        Assert.Equal(example.Text, Bolt11Encoder.Encode(Bolt11Decoder.Decode(example.Text).Value.Content, PublishedExamples.Key));
    }

    [Theory, MemberData(nameof(ValidNames))]
    public void Reads_a_published_invoice_in_upper_case(string name)
    {
        var example = PublishedExamples.Valid.Single(candidate => candidate.Name == name);
        Assert.Equal(example.Content, Bolt11Decoder.Decode(example.Text.ToUpperInvariant()).Value.Content);
    }

    [Theory, MemberData(nameof(InvalidNames))]
    public void Refuses_a_published_invalid_invoice(string name)
    {
        var example = PublishedExamples.Invalid.Single(candidate => candidate.Name == name);
        Assert.Equal(example.Refusal, Bolt11Decoder.Decode(example.Text).Refusal?.Message);
    }

    [Fact]
    public void Recovers_a_key_from_a_signature_of_high_S()
    {
        var invoice = Bolt11Decoder.Decode(PublishedExamples.HighS).Value;
        Assert.Equal(PublishedExamples.Valid[0].Content, invoice.Content);
        Assert.Equal("8d3ce9e28357337f62da0162d9454df827f83cfe499aeb1c1db349d4d8112742a1bcb35d66d6bf93dc445e51753935cc32a3a411efd8a7c7bd85b25815a01b50",
            invoice.Signature.ToString());
        // The published hash of the signed data, and the flag that belongs to this s.
        var hash = Convert.FromHexString("6daf4d488be41ce7cbb487cab1ef2975e5efcea879b20d421f0ef86b07cbb987");
        var key = new byte[33];
        Assert.True(Secp256k1.EcdsaRecover(invoice.Signature.Span, invoice.RecoveryId ^ 1, hash, key));
        Assert.Equal(PublishedExamples.Payee, Convert.ToHexStringLower(key));
        Assert.True(Secp256k1.EcdsaRecover(invoice.Signature.Span, invoice.RecoveryId, hash, key));
        Assert.Equal(invoice.Payee.ToString(), Convert.ToHexStringLower(key));
    }

    [Fact]
    public void Gives_the_accessors_their_defaults_and_values()
    {
        var donation = Bolt11Decoder.Decode(PublishedExamples.Valid[0].Text).Value;
        Assert.Equal("Please consider supporting this project", donation.Description);
        Assert.Null(donation.DescriptionHash);
        Assert.Equal(3600UL, donation.ExpirySeconds);
        Assert.Equal(1496314658 + 3600, donation.Expires.UnixSeconds);
        Assert.Equal(18UL, donation.MinFinalCltvDelta);
        Assert.Equal([8, 14], donation.Features.All());
        Assert.Equal("0001020304050607080900010203040506070809000102030405060708090102", donation.PaymentHash.ToString());
        Assert.Equal(new string('1', 64), donation.PaymentSecret.ToString());
        Assert.Null(donation.Metadata);

        var store = Bolt11Decoder.Decode(PublishedExamples.Valid[10].Text).Value;
        Assert.Equal(1572468703 + 604_800, store.Expires.UnixSeconds);
        Assert.Equal(10UL, store.MinFinalCltvDelta);
        Assert.Equal(1000u, Assert.Single(Assert.Single(store.Routes).Hops).FeeBaseMsat);
    }

    [Fact]
    public void Reads_an_own_invoice_that_demands_an_unknown_feature()
    {
        var text = PublishedExamples.Invalid[0].Text;
        Assert.Equal(100, Bolt11Decoder.Read(text).Value.Features.UnknownRequired());
        Assert.False(Bolt11Decoder.Decode(text).IsOk);
    }
}
