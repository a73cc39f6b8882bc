using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Keys;
using QRCoder;
using Spectre.Console;

namespace Lnvps.Api.Development;

/// <summary>
/// Plays a customer in the terminal, from a key to a shell in the own machine, through the public HTTP API only. Every step either happens or ends the
/// order with a message that says what to do.
/// </summary>
sealed class TerminalCustomer(Uri shop, string folder, TimeProvider time, IAnsiConsole screen)
{
    static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);
    static readonly TimeSpan SshLimit = TimeSpan.FromMinutes(3);

    readonly long _began = time.GetTimestamp();

    /// <param name="simulated">There is no guest behind a simulated host, so nothing to log in to.</param>
    /// <param name="once">Remove the machine at the end.</param>
    /// <returns>True only if all of it happened.</returns>
    public async Task<bool> Order(bool simulated, bool once, CancellationToken stop)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) };
        using var http = new HttpClient(handler) { BaseAddress = shop, Timeout = TimeSpan.FromSeconds(60) };
        try
        {
            using var key = NostrKey();
            var client = new CustomerClient(http, key, time);
            Say($"Nostr key [bold]{key.PublicKey.ToNpub()}[/]: this is the account, there is no sign-up");
            var sshKey = await UploadSshKey(client, stop);
            var template = await ChooseTemplate(client, stop);
            var image = (await client.Get("/api/v1/image", stop))!.AsArray()[0]!;
            Say($"Image: {Markup.Escape($"{image["distribution"]} {image["version"]} {image["flavour"]}")}, user {Markup.Escape($"{image["default_username"]}")}");
            var vm = (await client.Post("/api/v1/vm", new JsonObject
            {
                ["template_id"] = template["id"]!.DeepClone(),
                ["image_id"] = image["id"]!.DeepClone(),
                ["ssh_key_id"] = sshKey,
            }, stop))!["id"]!.GetValue<uint>();
            Say($"Ordered VM {vm}; nothing is built until it is paid");
            await Pay(client, vm, stop);
            await WatchBuild(client, vm, stop);
            var machine = (await client.Get($"/api/v1/vm/{vm}", stop))!;
            var addresses = machine["ip_assignments"]!.AsArray().Select(entry => entry!["ip"]!.GetValue<string>()).ToList();
            Say($"Addresses: {Markup.Escape(string.Join(", ", addresses))}");
            if (simulated)
                Say("[yellow]Simulated host: there is no guest to log in to[/]");
            else
                await LogIn(image["default_username"]!.GetValue<string>(), addresses[0].Split('/')[0], stop);
            if (once)
                await Remove(client, vm, stop);
            return true;
        }
        catch (Exception error) when (error is CallRefused or TimeoutException or HttpRequestException)
        {
            screen.MarkupLine($"[red]The order failed:[/] {Markup.Escape(error.Message)}");
            return false;
        }
    }

    SecretKey NostrKey()
    {
        var file = Path.Combine(folder, "nostr.key");
        if (File.Exists(file))
            return SecretKey.Parse(File.ReadAllText(file).Trim());
        var key = SecretKey.Generate();
        using (var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(stream))
        {
            writer.WriteLine(key.ToNsec());
        }
        return key;
    }

    string SshKeyFile => Path.Combine(folder, "id_ed25519");

    async Task<uint> UploadSshKey(CustomerClient client, CancellationToken stop)
    {
        if (!File.Exists(SshKeyFile))
            await Run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "terminal-customer", "-f", SshKeyFile], stop);
        var uploaded = await client.Post("/api/v1/ssh-key", new JsonObject
        {
            ["name"] = "terminal",
            ["key_data"] = await File.ReadAllTextAsync($"{SshKeyFile}.pub", stop),
        }, stop);
        Say($"SSH key {Markup.Escape(SshKeyFile)} uploaded");
        return uploaded!["id"]!.GetValue<uint>();
    }

    async Task<JsonNode> ChooseTemplate(CustomerClient client, CancellationToken stop)
    {
        var offers = (await client.Get("/api/v1/vm/templates", stop))!["templates"]!.AsArray();
        if (offers.Count == 0)
            throw new CallRefused("no offer has room on this host; stop a machine or start with another --data folder");
        var table = new Table().AddColumns("Offer", "CPU", "Memory", "Disk", "Price");
        foreach (var offer in offers)
        {
            var plan = offer!["cost_plan"]!;
            table.AddRow(
                Markup.Escape($"{offer["name"]}"),
                $"{offer["cpu"]}",
                $"{offer["memory"]!.GetValue<ulong>() >> 20} MiB",
                $"{offer["disk_size"]!.GetValue<ulong>() >> 30} GiB",
                Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{plan["currency"]} {plan["amount"]!.GetValue<ulong>() / 100m:0.00} per {plan["interval_type"]}")));
        }
        screen.Write(table);
        var chosen = offers[0]!;
        Say($"Taking [bold]{Markup.Escape($"{chosen["name"]}")}[/]");
        return chosen;
    }

    async Task Pay(CustomerClient client, uint vm, CancellationToken stop)
    {
        var payment = (await client.Get($"/api/v1/vm/{vm}/renew?method=lightning", stop))!;
        var invoice = payment["data"]!["lightning"]!.GetValue<string>();
        var msat = payment["amount"]!.GetValue<ulong>() + payment["tax"]!.GetValue<ulong>();
        Say($"Invoice over {(msat + 999) / 1000} sat, payable until {payment["expires"]}:");
        // Past the screen's wrapping, so that it can be copied.
        await screen.Profile.Out.Writer.WriteLineAsync(invoice);
        using (var generator = new QRCodeGenerator())
        using (var code = generator.CreateQrCode(invoice.ToUpperInvariant(), QRCodeGenerator.ECCLevel.L))
        using (var drawing = new AsciiQRCode(code))
            screen.WriteLine(drawing.GetGraphicSmall());
        await client.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = invoice }, stop);
        var id = payment["id"]!.GetValue<string>();
        await Until("the payment to arrive", TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(100), async () =>
            (await client.Get($"/api/v1/payment/{id}", stop))!["is_paid"]!.GetValue<bool>(), stop);
        Say("[green]Paid[/] with the development node");
    }

    async Task WatchBuild(CustomerClient client, uint vm, CancellationToken stop)
    {
        var shown = 0;
        var percent = 0u;
        await Until("the machine to be built", BuildLimit, TimeSpan.FromMilliseconds(200), async () =>
        {
            var actions = (await client.Get($"/api/v1/action?vm_id={vm}", stop))!.AsArray();
            var build = actions.FirstOrDefault(action => action!["kind"]!.GetValue<string>() == "create-vm");
            var steps = build?["steps"]?.AsArray() ?? [];
            var finished = steps.Where(step => step!["outcome"]!.GetValue<string>() == "done").ToList();
            foreach (var step in finished.Skip(shown))
                Say($"  {Markup.Escape($"{step!["name"]}")} ({step["milliseconds"]} ms)");
            if (finished.Count > shown)
                (shown, percent) = (finished.Count, 0);
            if (steps.LastOrDefault() is { } present && present["percent"]?.GetValue<uint>() is { } now && now >= percent + 10)
            {
                Say($"  {Markup.Escape($"{present["name"]}")} {now} %");
                percent = now;
            }
            if (build?["state"]?.GetValue<string>() is "failed" or "undone")
                throw new CallRefused($"the machine could not be built: {build["error"]}; see the program's log");
            // Not as soon as it runs: the last steps are to be shown too.
            return build?["state"]?.GetValue<string>() == "succeeded"
                && (await client.Get($"/api/v1/vm/{vm}", stop))!["status"]!["state"]!.GetValue<string>() == "running";
        }, stop);
        Say("[green]Running[/]");
    }

    async Task LogIn(string user, string address, CancellationToken stop)
    {
        // Each guest has a fresh host key on a reused address; a customer's own known_hosts must not be touched.
        string[] options = ["-i", SshKeyFile, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"];
        var answer = "";
        await Until("SSH to answer", SshLimit, TimeSpan.FromMilliseconds(500), async () =>
        {
            var (status, output) = await TryRun("ssh", [.. options, $"{user}@{address}", "uname -a"], stop);
            answer = output.Trim();
            return status == 0;
        }, stop);
        Say($"SSH answered: [bold]{Markup.Escape(answer)}[/]");
        Say($"Log in with: [bold]{Markup.Escape($"ssh -i {SshKeyFile} {user}@{address}")}[/]");
    }

    async Task Remove(CustomerClient client, uint vm, CancellationToken stop)
    {
        await client.Patch($"/api/v1/vm/{vm}/stop", null, stop);
        Say("Stopped");
        await client.Post($"/api/dev/v1/vm/{vm}/delete", null, stop);
        await Until("the machine to be removed", BuildLimit, TimeSpan.FromMilliseconds(200), async () =>
            (await client.Get("/api/v1/vm", stop))!.AsArray().All(left => left!["id"]!.GetValue<uint>() != vm), stop);
        Say("Removed");
    }

    void Say(string markup)
    {
        var elapsed = time.GetElapsedTime(_began);
        screen.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[grey]{elapsed.TotalSeconds,6:0.0} s[/]  {markup}"));
    }

    async Task Until(string what, TimeSpan limit, TimeSpan pause, Func<Task<bool>> done, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        while (!await done())
        {
            if (time.GetElapsedTime(began) > limit)
                throw new TimeoutException($"waited {limit.TotalSeconds:0} s for {what}");
            await Task.Delay(pause, time, stop);
        }
    }

    static async Task Run(string program, string[] arguments, CancellationToken stop)
    {
        var (status, output) = await TryRun(program, arguments, stop);
        if (status != 0)
            throw new CallRefused($"{program} failed: {output.Trim()}");
    }

    static async Task<(int Status, string Output)> TryRun(string program, string[] arguments, CancellationToken stop)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })
            ?? throw new CallRefused($"{program} could not be started; install it (scripts/install-packages run)");
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var errors = process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        var printed = await output;
        return (process.ExitCode, printed.Length > 0 ? printed : await errors);
    }
}
