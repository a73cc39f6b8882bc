using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Database.Schema.Seeds;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Schema.Writers;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>
/// Brings an older LNVPS database on MariaDB to the schema of data-model.md by comparison, and records the missing steps. Everything is
/// checked before anything is changed; an interrupted upgrade goes on at the next start, since it compares again.
/// </summary>
sealed class Upgrader(Session session, LedgerState ledger, Action<string> report)
{
    const int Rounds = 5;
    const long EmptyCountry = 20250313140640;
    const long Roles = 20250801000000;
    const long SameCurrencyRates = 20250808000000;
    const long SubscriptionPermissions = 20260127000001;
    const long IpSpacePermissions = 20260130000002;
    const long PaymentMethodConfig = 20260216000000;
    const long RequireCompany = 20260217000000;

    /// <exception cref="DatabaseRefused">Something in it cannot be converted with certainty; nothing was changed.</exception>
    public async Task Run(CancellationToken stop)
    {
        for (var round = 1; ; round++)
        {
            var plan = await Compare(stop);
            if (plan.Refusals.Count > 0)
                throw Refusal(plan, round);
            if (plan.Changes.Count == 0)
                break;
            if (round > Rounds)
                throw new InvalidOperationException($"The upgrade does not come to an end: {plan.Changes[0].Description}");
            string? last = null;
            foreach (var change in plan.InOrder)
            {
                if (change.Description != last)
                    report($"Upgrade: {change.Description}");
                last = change.Description;
                await change.Run(session, stop);
            }
        }
        await FixRows(stop);
        await SchemaCreation.Record(session, ledger.MissingSteps, stop);
        report($"Upgrade: recorded {ledger.MissingSteps.Count} steps");
    }

    static DatabaseRefused Refusal(Plan plan, int round)
    {
        var changed = round == 1 ? "Nothing was changed." : "The upgrade stopped half-way and goes on at the next start.";
        return new DatabaseRefused($"This older database cannot be upgraded: {string.Join("; ", plan.Refusals)}. {changed}");
    }

    async Task<Plan> Compare(CancellationToken stop)
    {
        var snapshot = await Snapshot.Take(session, stop);
        var rows = new RowChecks(session, snapshot, stop);
        var plan = new Plan();
        foreach (var table in LnvpsTables.All)
        {
            if (snapshot.Table(table.Name) is { } present)
            {
                await new ColumnPlanner(table, present, ledger, rows, plan).Run();
                await new KeyPlanner(table, present, rows, plan).Run();
            }
            else
            {
                foreach (var statement in new MariaDbWriter().CreateTable(table))
                    plan.Do(table.ForeignKeys.Count == 0 ? Stage.IndependentTables : Stage.Tables, $"create {table.Name}", statement);
            }
            // As soon as the table of companies has its shape: regions are given to the first one.
            if (table.Name == "company" && ledger.Lacks(RequireCompany) && (snapshot.Table(table.Name) is null || !await rows.HasRows(table.Name)))
                plan.Changes.Add(new Change(Stage.Columns, "add a first company", SeededRows.AddCompany));
        }
        return plan;
    }

    /// <summary>What the missing steps did to rows. Each can be repeated.</summary>
    async Task FixRows(CancellationToken stop)
    {
        if (ledger.Lacks(EmptyCountry))
            await session.Execute("UPDATE users SET country_code = NULL WHERE country_code = ''", null, stop);
        if (ledger.Lacks(SameCurrencyRates))
            await session.Execute("""
                UPDATE vm_payment p JOIN vm v ON v.id = p.vm_id JOIN vm_host h ON h.id = v.host_id JOIN vm_host_region r ON r.id = h.region_id
                    JOIN company c ON c.id = r.company_id
                SET p.rate = 1 WHERE p.currency = c.base_currency AND p.rate <> 1
                """, null, stop);
        await SeededRows.AddRoles(session, IsNewlySeeded, stop);
    }

    /// <summary>Permissions are granted only by the step that introduced their resource; what someone took away later stays away.</summary>
    bool IsNewlySeeded(ushort resource) => ledger.Lacks(resource switch
    {
        <= 16 => Roles,
        <= 19 => SubscriptionPermissions,
        20 => IpSpacePermissions,
        _ => PaymentMethodConfig,
    });
}
