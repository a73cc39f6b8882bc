using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Testing;

namespace Lnvps.Api.Tests.Http;

/// <summary>
/// Every answer of a customer's life, whole: status and JSON are compared with the files in <c>Golden/</c>, so that a field that is renamed, moved, added or lost is
/// seen. After an intended change run with <c>LNVPS_WRITE_GOLDEN=1</c> and read what has changed.
/// </summary>
public class GoldenTests
{
    [Fact]
    public async Task Every_endpoint_answers_as_recorded()
    {
        await using var shop = await ApiShop.Start(rateLimit: true);
        using var customer = shop.NewCustomer();
        var story = new Story(customer);

        await story.Get("image-list", "/api/v1/image");
        await story.Get("vm-templates", "/api/v1/vm/templates");
        await story.Post("custom-price", "/api/v1/vm/custom-template/price", Custom());
        await story.Get("payment-methods", "/api/v1/payment/methods");
        await story.Get("account-new", "/api/v1/account");
        await story.Patch("account-change", "/api/v1/account", JsonNode.Parse("""
            {"email":"alice@example.com","contact_nip17":false,"contact_email":true,"country_code":"ie","name":"Alice","address_1":"1 Main Street","address_2":"",
             "city":"Dublin","state":null,"postcode":"D01","unknown":[1]}
            """));
        await story.Get("account-changed", "/api/v1/account");
        await story.Get("ssh-key-list-empty", "/api/v1/ssh-key");
        await story.Post("ssh-key-add", "/api/v1/ssh-key", new JsonObject { ["name"] = "", ["key_data"] = ApiCustomer.SshKey });
        await story.Get("ssh-key-list", "/api/v1/ssh-key");
        await story.Get("vm-list-empty", "/api/v1/vm");
        await story.Post("vm-order", "/api/v1/vm", new JsonObject { ["template_id"] = 1, ["image_id"] = 1, ["ssh_key_id"] = 1, ["ref_code"] = "FRIEND" });
        var order = Custom();
        (order["image_id"], order["ssh_key_id"], order["ref_code"]) = (1, 1, null);
        await story.Post("vm-order-custom", "/api/v1/vm/custom-template", order);
        var payment = await story.Get("vm-renew", "/api/v1/vm/1/renew?method=lightning");
        await story.Get("payment-open", $"/api/v1/payment/{payment["id"]}");
        await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = payment["data"]!["lightning"]!.DeepClone() });
        await customer.Until(1, "running");
        await story.Get("payment-paid", $"/api/v1/payment/{payment["id"]}");
        await story.Get("vm-running", "/api/v1/vm/1");
        await story.Patch("vm-change", "/api/v1/vm/1", new JsonObject { ["reverse_dns"] = "mail.example.net.", ["auto_renewal_enabled"] = true, ["ssh_key_id"] = null });
        await story.Patch("vm-stop", "/api/v1/vm/1/stop");
        await story.Patch("vm-start", "/api/v1/vm/1/start");
        await story.Patch("vm-restart", "/api/v1/vm/1/restart");
        await story.Patch("vm-re-install", "/api/v1/vm/1/re-install");
        await customer.Until(1, "running");
        await story.Get("vm-list", "/api/v1/vm");
        await story.Get("vm-history", "/api/v1/vm/1/history");
        await story.Get("vm-history-page", "/api/v1/vm/1/history?limit=2&offset=1");
        await story.Get("vm-payments", "/api/v1/vm/1/payments");
        await story.Get("vm-renew-days", "/api/v1/vm/1/renew?intervals=3");
        await story.Get("lnurl-offer", "/.well-known/lnurlp/1");
        await story.Get("lnurl-invoice", "/api/v1/vm/1/renew-lnurlp?amount=1000000");
        await story.Get("lnurl-error", "/api/v1/vm/99/renew-lnurlp?amount=1000000");
        await story.Get("subscriptions", "/api/v1/subscriptions?limit=1000&offset=3");
        await story.Get("not-found", "/api/v1/vm/99");
        await story.Get("not-a-number", "/api/v1/vm/one");
        await story.Get("console-unsigned", "/api/v1/vm/1/console");
        await story.Get("console-no-socket", Console(1));
        await story.Get("console-unpaid", Console(2));
        await story.Get("console-not-found", Console(99));
        await shop.Execute("INSERT INTO payment_method_config (company_id, payment_method, name, enabled, provider_type, config) VALUES (1, 1, 'x', 0, 'revolut', @config)",
            new { config = RevolutAccount.WithSecret(RevolutAccount.ConfigOf(new RevolutSettings(RevolutSettings.DefaultUrl, "sk", "2024-09-01", "pk")), "wsk") });
        await story.Post("webhook-unsigned", "/api/v1/webhook/revolut", new JsonObject { ["event"] = "ORDER_COMPLETED", ["order_id"] = "unknown" });
        await story.GetUntil("too-many", HttpStatusCode.TooManyRequests, "/.well-known/lnurlp/1");

        story.Compare();

        string Console(uint vm) => $"/api/v1/vm/{vm}/console?auth={Uri.EscapeDataString(customer.Sign(HttpMethod.Get, $"/api/v1/vm/{vm}/console")["Nostr ".Length..])}";
    }

    static JsonObject Custom() => new()
    {
        ["pricing_id"] = 1,
        ["cpu"] = 2,
        ["memory"] = 4294967296.0,
        ["disk"] = 85899345920,
        ["disk_type"] = "ssd",
        ["disk_interface"] = "pcie",
    };

    sealed class Story(ApiCustomer customer)
    {
        static readonly string Folder = Path.Combine(Checkout.Root, "tests", "Lnvps.Api.Tests", "Http", "Golden");

        readonly List<(string Name, string Text)> _answers = [];

        public Task<JsonNode> Get(string name, string path) => Keep(name, "GET", path, customer.Get(path));

        public Task<JsonNode> Post(string name, string path, JsonNode body) => Keep(name, "POST", path, customer.Post(path, body));

        public Task<JsonNode> Patch(string name, string path, JsonNode? body = null) => Keep(name, "PATCH", path, customer.Patch(path, body));

        /// <summary>Calls again and again until it is answered so, and keeps that answer.</summary>
        public async Task GetUntil(string name, HttpStatusCode wanted, string path)
        {
            const int enough = 25;
            var answer = await customer.Get(path);
            for (var calls = 1; answer.Status != wanted && calls < enough; calls++)
                answer = await customer.Get(path);
            await Keep(name, "GET", path, Task.FromResult(answer));
        }

        async Task<JsonNode> Keep(string name, string method, string path, Task<Answer> call)
        {
            var answer = await call;
            // What the path names may be another at each run.
            var said = path.Contains("/payment/", StringComparison.Ordinal) && !path.EndsWith("methods", StringComparison.Ordinal) ? "/api/v1/payment/(hash)"
                : path.IndexOf("auth=", StringComparison.Ordinal) is >= 0 and var sign ? $"{path[..sign]}auth=(event)"
                : path;
            _answers.Add((name, string.Create(CultureInfo.InvariantCulture, $"{method} {said}\n{(int)answer.Status}\n{Scrubbing.Text(answer.Json)}")));
            return answer.Json?["data"]?.DeepClone() ?? new JsonObject();
        }

        public void Compare()
        {
            if (Environment.GetEnvironmentVariable("LNVPS_WRITE_GOLDEN") == "1")
            {
                foreach (var (name, text) in _answers)
                    File.WriteAllText(FileOf(name), text);
            }
            var differences = new StringBuilder();
            foreach (var (name, text) in _answers)
            {
                var golden = File.Exists(FileOf(name)) ? File.ReadAllText(FileOf(name)) : "(no file)";
                if (golden != text)
                    differences.AppendLine(CultureInfo.InvariantCulture, $"--- {name}: recorded\n{golden}+++ {name}: answered\n{text}");
            }
            Assert.True(differences.Length == 0, differences.ToString());
            // A file without its call would be compared with nothing.
            Assert.Equal(
                _answers.Select(answer => Path.GetFileName(FileOf(answer.Name))).Order(StringComparer.Ordinal),
                Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        }

        static string FileOf(string name) => Path.Combine(Folder, $"{name}.json.txt");
    }
}
