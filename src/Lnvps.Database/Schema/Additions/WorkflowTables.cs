using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>Slow work, what it tells, and how far each VM is. Times of the real clock are milliseconds since 1970 in <c>bigint</c>.</summary>
static class WorkflowTables
{
    static readonly Table Workflow = new("workflow")
    {
        Columns =
        [
            Id(),
            ExactVarchar("kind", 50),
            ExactVarchar("subject_kind", 20),
            Int("subject_id"),
            LongText("input"),
            Small("state"),
            Int("step"),
            Int("attempts"),
            // NULL once it has ended, so that the key finds what is due however many have ended.
            SignedBig("due").OrNull(),
            // The subject while it runs, else NULL: the unique key lets one run on a subject.
            ExactVarchar("running_on", 40).OrNull(),
            Int("lease_no"),
            ExactVarchar("lease_owner", 100).OrNull(),
            SignedBig("deadline"),
            // The deadline until an operator was told of it or it has ended.
            SignedBig("alert_at").OrNull(),
            Bit("undo_failed"),
            ExactVarchar("error_code", 50).OrNull(),
            LongText("error_text").OrNull(),
            LongText("error_detail").OrNull(),
            Int("asked_by").OrNull(),
            SignedBig("created"),
            SignedBig("started").OrNull(),
            SignedBig("step_started").OrNull(),
            SignedBig("finished").OrNull(),
        ],
        Keys =
        [
            Key.Unique("ix_running_on", "running_on"),
            Key.On("ix_due", "due"),
            Key.On("ix_alert_at", "alert_at"),
            Key.On("ix_subject_due", "subject_kind", "subject_id", "due"),
        ],
    };

    static readonly Table WorkflowStep = new("workflow_step")
    {
        Columns =
        [
            BigId(),
            Int("workflow_id"),
            Int("step"),
            ExactVarchar("name", 100),
            Bit("taken_back"),
            SignedBig("started"),
            SignedBig("finished"),
            Small("outcome"),
            LongText("result").OrNull(),
            LongText("error").OrNull(),
        ],
        Keys = [Key.On("fk_workflow_step", "workflow_id")],
        ForeignKeys = [new ForeignKey("fk_workflow_step", "workflow_id", "workflow", OnDelete.Cascade)],
    };

    static readonly Table VmProgress = new("vm_progress")
    {
        Columns =
        [
            Int("vm_id"),
            SignedBig("provisioned_at").OrNull(),
            Small("unfinished").DefaultTo(0),
            Int("on_host").OrNull(),
            ExactVarchar("last_step", 100).OrNull(),
            Int("attempts").DefaultTo(0),
            LongText("last_error").OrNull(),
            SignedBig("next_attempt").OrNull(),
            Bit("stopped_by_expiry").DefaultTo(0),
        ],
        PrimaryKey = ["vm_id"],
        Keys = [Key.On("ix_next_attempt", "next_attempt"), Key.On("ix_unfinished", "unfinished")],
    };

    static readonly Table Notification = new("notification")
    {
        Columns =
        [
            Id(),
            Int("user_id").OrNull(),
            ExactVarchar("event_key", 190),
            Varchar("title", 200),
            LongText("message"),
            Timestamp("created"),
            Timestamp("email_sent").OrNull(),
            Timestamp("nip17_sent").OrNull(),
        ],
        Keys = [Key.Unique("ix_event_key", "event_key"), Key.On("ix_user", "user_id")],
    };

    public static readonly Addition Addition = new(2026030110, "workflows, progress of VMs, notifications", sql =>
        [.. sql.CreateTable(Workflow), .. sql.CreateTable(WorkflowStep), .. sql.CreateTable(VmProgress), .. sql.CreateTable(Notification)]);
}
