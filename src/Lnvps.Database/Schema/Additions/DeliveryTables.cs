using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>
/// Who a message of the outbox goes to, by which channel, and how far that is. Takes the place of the two columns of <c>notification</c> for one recipient: a
/// message to operators has several.
/// </summary>
static class DeliveryTables
{
    /// <summary>Due at <c>due</c>, of the real clock; NULL = over. Who takes one up moves <c>due</c> first.</summary>
    static readonly Table Delivery = new("notification_delivery")
    {
        Columns = [Id(), Int("notification_id"), Int("user_id"), Small("channel"), Small("state"), Small("attempts"), Big("due").OrNull(), Big("finished").OrNull()],
        Keys = [Key.Unique("ix_recipient", "notification_id", "user_id", "channel"), Key.On("ix_due", "due"), Key.On("fk_notification_delivery_user", "user_id")],
        ForeignKeys =
        [
            new("fk_notification_delivery_notification", "notification_id", "notification", OnDelete.Cascade),
            new("fk_notification_delivery_user", "user_id", "users", OnDelete.Cascade),
        ],
    };

    public static readonly Addition Addition = new(2026030160, "deliveries of notifications", sql =>
    [
        .. sql.CreateTable(Delivery),
        .. sql.AddColumn("notification", Timestamp("dispatched").OrNull()),
        .. sql.AddKey("notification", Key.On("ix_dispatched", "dispatched")),
    ]);
}
