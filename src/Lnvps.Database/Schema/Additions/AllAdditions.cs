namespace Lnvps.Database.Schema.Additions;

// How to add one:
//  1. Write a file beside this one with a static class that holds an Addition (LookUpKeys.cs is a short example). Declare a table with the
//     records of Schema/Declarations, as the files in Schema/Tables do, and let the writer render it: sql => sql.CreateTable(Jobs).
//  2. Add its line at the end of the list below. Order matters, numbers must rise.
// Released additions are never edited: what must change later is a further addition.

/// <summary>Our own changes to the schema, oldest first.</summary>
public static class AllAdditions
{
    public static readonly IReadOnlyList<Addition> List =
    [
        LiveAddresses.Addition,
        LookUpKeys.Addition,
        ShopTables.Addition,
        DevelopmentNode.Addition,
        WorkflowTables.Addition,
        LifeTables.Addition,
        AddressVersions.Addition,
        ImageChecksums.Addition,
        StepProgress.Addition,
        PaymentTermsTable.Addition,
        WalletTables.Addition,
        DeliveryTables.Addition,
        FirstAnswers.Addition,
        OperationKeys.Addition,
        InvoiceTables.Addition,
        RefundTables.Addition,
        MachineSizeTable.Addition,
        OfferHolds.Addition,
    ];
}
