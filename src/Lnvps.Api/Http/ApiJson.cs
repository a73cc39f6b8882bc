using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Lnvps.Api.Accounts;
using Lnvps.Api.Actions;
using Lnvps.Api.Contact;
using Lnvps.Api.Development;
using Lnvps.Api.Images;
using Lnvps.Api.NostrDomains;
using Lnvps.Api.Offers;
using Lnvps.Api.Payments;
using Lnvps.Api.SshKeys;
using Lnvps.Api.Subscriptions;
using Lnvps.Api.Vms;

namespace Lnvps.Api.Http;

/// <summary>The wire forms, generated at build time: snake_case names, keys in the order of the records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(InstantText), typeof(LenientUInt64), typeof(LenientUInt32), typeof(LenientUInt16)])]
[JsonSerializable(typeof(AccountView))]
[JsonSerializable(typeof(AccountChange))]
[JsonSerializable(typeof(SshKeyView))]
[JsonSerializable(typeof(List<SshKeyView>))]
[JsonSerializable(typeof(NewSshKey))]
[JsonSerializable(typeof(List<ImageView>))]
[JsonSerializable(typeof(OffersView))]
[JsonSerializable(typeof(PriceView))]
[JsonSerializable(typeof(CustomVmSpec))]
[JsonSerializable(typeof(StandardOrder))]
[JsonSerializable(typeof(CustomOrder))]
[JsonSerializable(typeof(VmChange))]
[JsonSerializable(typeof(ReinstallRequest))]
[JsonSerializable(typeof(VmView))]
[JsonSerializable(typeof(List<VmView>))]
[JsonSerializable(typeof(List<VmHistoryView>))]
[JsonSerializable(typeof(PaymentView))]
[JsonSerializable(typeof(List<PaymentView>))]
[JsonSerializable(typeof(List<PaymentMethodView>))]
[JsonSerializable(typeof(NostrDomainView))]
[JsonSerializable(typeof(NostrDomainsView))]
[JsonSerializable(typeof(NewNostrDomain))]
[JsonSerializable(typeof(NostrHandleView))]
[JsonSerializable(typeof(List<NostrHandleView>))]
[JsonSerializable(typeof(NewNostrHandle))]
[JsonSerializable(typeof(List<ActionView>))]
[JsonSerializable(typeof(ActionProgressView))]
[JsonSerializable(typeof(List<UsagePointView>))]
[JsonSerializable(typeof(ContactForm))]
[JsonSerializable(typeof(UpgradeBody))]
[JsonSerializable(typeof(UpgradeQuoteView))]
[JsonSerializable(typeof(NewSubscription))]
[JsonSerializable(typeof(NewIpRange))]
[JsonSerializable(typeof(SubscriptionView))]
[JsonSerializable(typeof(List<SubscriptionView>))]
[JsonSerializable(typeof(SubscriptionPaymentView))]
[JsonSerializable(typeof(List<SubscriptionPaymentView>))]
[JsonSerializable(typeof(IpSpaceView))]
[JsonSerializable(typeof(List<IpSpaceView>))]
[JsonSerializable(typeof(List<IpRangeView>))]
[JsonSerializable(typeof(LnurlOfferView))]
[JsonSerializable(typeof(LnurlInvoiceView))]
[JsonSerializable(typeof(LnurlErrorView))]
[JsonSerializable(typeof(PayInvoice))]
[JsonSerializable(typeof(PaidView))]
[JsonSerializable(typeof(AdvanceRequest))]
[JsonSerializable(typeof(ClockView))]
sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>The context to use: text goes out as UTF-8, not as escapes; answers are JSON, never embedded in HTML.</summary>
    public static ApiJson Wire => Made.Value;

    // Made on first use: the order of static fields across the generated parts of this class is undefined.
    static readonly Lazy<ApiJson> Made = new(() => new ApiJson(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
}
