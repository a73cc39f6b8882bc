using Lnvps.Nostr.Wallets;

namespace Lnvps.Platform.Wallets;

/// <summary>What customers are told of their wallet. The wallet's own words stay out: they may hold anything.</summary>
public static class WalletTexts
{
    public const string NoAnswer = "The wallet did not answer in time. If it has been asked to pay, the payment may still arrive.";

    public const string Unreachable = "The wallet could not be reached.";

    /// <summary>The reason for a refusal, one sentence.</summary>
    public static string Of(WalletReply.Error error) => error.Code switch
    {
        "INSUFFICIENT_BALANCE" => "The wallet refused the payment: it does not hold enough funds.",
        "QUOTA_EXCEEDED" => "The wallet refused the payment: the budget of this connection is used up.",
        "RATE_LIMITED" => "The wallet refused the payment: it receives too many requests, try again later.",
        "RESTRICTED" or "UNAUTHORIZED" => "The wallet refused the payment: this connection is not allowed to pay.",
        "NOT_IMPLEMENTED" => "The wallet refused the payment: it cannot pay invoices.",
        "PAYMENT_FAILED" => "The wallet tried to pay and failed: it found no way to us, or has not enough funds for the fees.",
        _ => "The wallet refused the payment.",
    };
}
