using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>The first answers to calls with an Idempotency-Key. Kept for a day; times are milliseconds since 1970 on the real clock.</summary>
static class FirstAnswers
{
    static readonly Table Answers = new("first_answer")
    {
        Columns =
        [
            Int("user_id"),
            // SHA-256 of the key.
            Binary("call_key", 32),
            // SHA-256 of what was asked.
            Binary("request", 32),
            SignedBig("created"),
            Int("lease_no"),
            SignedBig("lease_until"),
            // Set in the transaction of the first effect.
            Bit("acted"),
            // What the effect made, set with it: enough to give the answer again if the process dies before it is kept.
            ExactVarchar("made", 100).OrNull(),
            // The answer, once there is one.
            Small("status").OrNull(),
            ExactVarchar("action", 20).OrNull(),
            LongText("body").OrNull(),
        ],
        PrimaryKey = ["user_id", "call_key"],
        Keys = [Key.On("ix_created", "created")],
    };

    public static readonly Addition Addition = new(2026030161, "first answers to repeatable calls", sql => sql.CreateTable(Answers));
}
