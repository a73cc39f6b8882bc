using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>What cannot be converted with certainty is refused by name, and not one byte changes.</summary>
public class UpgradeRefusalTests
{
    [Theory]
    [InlineData(20260217000000, "vm_cost_plan.amount: the price of row 13", "UPDATE vm_cost_plan SET amount = 2.905 WHERE id = 13")]
    [InlineData(20260217000000, "vm_cost_plan.amount: the price of row 13", "UPDATE vm_cost_plan SET amount = -1 WHERE id = 13")]
    [InlineData(20260217000000, "vm_custom_pricing.cpu_cost: the price of row 17", "UPDATE vm_custom_pricing SET cpu_cost = 0.0050")]
    [InlineData(20260217000000, "vm_cost_plan.amount: row 13 has the unknown currency 'XXX'", "UPDATE vm_cost_plan SET currency = 'XXX' WHERE id = 13")]
    [InlineData(20260127000001, "subscription.company_id is required, but several companies",
        "ALTER TABLE subscription DROP FOREIGN KEY fk_subscription_company, DROP COLUMN company_id",
        "INSERT INTO subscription (user_id, name, currency, interval_amount, interval_type) VALUES (3, 's', 'EUR', 1, 1)",
        "INSERT INTO company (name, email) VALUES ('Second', '')")]
    [InlineData(20260127000001, "subscription.interval_amount is no longer part of the schema, but 1 rows would lose their meaning",
        "INSERT INTO subscription (user_id, company_id, name, currency, interval_amount, interval_type) VALUES (3, 1, 's', 'EUR', 3, 1)")]
    [InlineData(20260127000001, "subscription.interval_type is no longer part of the schema",
        "INSERT INTO subscription (user_id, company_id, name, currency, interval_amount, interval_type) VALUES (3, 1, 's', 'EUR', 1, 2)")]
    [InlineData(20250729000000, "vm_history.action_type: 1 rows have actions that are not known", "UPDATE vm_history SET action_type = 'abducted' WHERE id = 24")]
    [InlineData(20250801000000, "vm.colour is not part of the schema and holds data", "ALTER TABLE vm ADD COLUMN colour varchar(10) NOT NULL DEFAULT 'red'")]
    [InlineData(20250801000000, "vm_payment.external_data is required, and what its rows should have there is not known",
        "ALTER TABLE vm_payment CHANGE external_data invoice text NOT NULL")]
    [InlineData(20250801000000, "users has rows that agree in email, which must be unique",
        "ALTER TABLE users DROP INDEX ix_user_email",
        "INSERT INTO users (pubkey, email, contact_nip17, contact_email) VALUES (x'02', 'A@B.example', 0, 0)")]
    [InlineData(20250801000000, "vm.ssh_key_id points at rows of user_ssh_key that do not exist",
        "ALTER TABLE vm DROP FOREIGN KEY fk_vm_ssh_key_id", "UPDATE vm SET ssh_key_id = 999 WHERE id = 21")]
    [InlineData(20250801000000, "vm.ref_code is to become varchar(20), but 1 rows",
        "ALTER TABLE vm MODIFY ref_code varchar(50)", "UPDATE vm SET ref_code = 'more than twenty characters' WHERE id = 21")]
    [InlineData(20250801000000, "vm_host.cpu is to become bigint unsigned, but 1 rows", "ALTER TABLE vm_host MODIFY cpu int NOT NULL", "UPDATE vm_host SET cpu = -1")]
    [InlineData(20250801000000, "router.id is int instead of int unsigned, and foreign keys hang on it",
        "ALTER TABLE access_policy DROP FOREIGN KEY fk_access_policy_router", "ALTER TABLE access_policy MODIFY router_id int",
        "ALTER TABLE router MODIFY id int AUTO_INCREMENT", "ALTER TABLE access_policy ADD CONSTRAINT r FOREIGN KEY (router_id) REFERENCES router (id)")]
    [InlineData(20250801000000, "users.pubkey is varchar(64) instead of binary(32)", "ALTER TABLE users MODIFY pubkey varchar(64) NOT NULL")]
    [InlineData(20250801000000, "vm has the unique key ix_mac that is not part of the schema", "ALTER TABLE vm ADD UNIQUE ix_mac (mac_address)")]
    [InlineData(20250801000000, "vm.expires has the date 0000-00-00 in 1 rows",
        "ALTER TABLE vm MODIFY expires timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'", "UPDATE vm SET expires = '0000-00-00 00:00:00' WHERE id = 21")]
    [InlineData(20250310153305, "vm_host.load_factor is no longer part of the schema", "ALTER TABLE vm_host ADD COLUMN load_factor float NOT NULL DEFAULT 1.5")]
    [InlineData(20250304000000, "vm_cost_plan.amount holds whole numbers from before", "ALTER TABLE vm_cost_plan MODIFY amount bigint unsigned NOT NULL")]
    [InlineData(20260130000000, "vm_cost_plan.amount: the price of row 13", "UPDATE vm_cost_plan SET amount = 1e30 WHERE id = 13")]
    public async Task Refused(long lastStep, string problem, params string[] changes)
    {
        await using var old = await OldDatabase.After(lastStep);
        await OldDatabase.Run(old, changes);
        var message = await Databases.IsRefused(old);
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was changed.", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_problems_are_named_at_once()
    {
        await using var old = await OldDatabase.After(20260217000000);
        await OldDatabase.Run(old, "UPDATE vm_cost_plan SET amount = 2.905 WHERE id = 13", "ALTER TABLE vm ADD COLUMN colour varchar(10) NOT NULL DEFAULT 'red'");
        var message = await Databases.IsRefused(old);
        Assert.Contains("vm_cost_plan.amount", message, StringComparison.Ordinal);
        Assert.Contains("vm.colour", message, StringComparison.Ordinal);
    }
}
