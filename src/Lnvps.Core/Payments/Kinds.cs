namespace Lnvps.Core.Payments;

// Stored as ordinals (data-model.md section 3).

public enum PaymentMethod : ushort { Lightning = 0, Revolut = 1, PayPal = 2, Stripe = 3 }

public enum VmPaymentKind : ushort { Renewal = 0, Upgrade = 1 }

public enum SubscriptionPaymentKind : ushort { Purchase = 0, Renewal = 1 }
