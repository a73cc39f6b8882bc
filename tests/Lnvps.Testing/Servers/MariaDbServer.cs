using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lnvps.Testing.Servers;

/// <summary>
/// A real MariaDB server on a free loopback port with a scratch data folder. It ends with this process however that ends: its shell
/// waits for the end of our pipe, kills the server and removes the folder.
/// </summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    /// <summary>Account of the tests; the password contains what a URL must escape.</summary>
    public const string User = "lnvps";
    public const string Password = "p@ss:w/rd%?#1";

    const int StartAttempts = 5;

    static readonly Lazy<Task<MariaDbServer>> SharedServer = new(() => Start());

    // $1 is the folder; the rest starts the server. The shell is its parent and dies of nothing but a kill, so neither is left behind.
    const string Keeper =
        """
        dir=$1; shift
        if [ ! -d "$dir/data" ]; then
            mkdir "$dir/tmp"
            mariadb-install-db --no-defaults --user=root --datadir="$dir/data" --tmpdir="$dir/tmp" --skip-test-db --auth-root-authentication-method=normal \
                --innodb-buffer-pool-size=16M --innodb-log-file-size=16M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
                </dev/null >"$dir/log" 2>&1 || exit 1
        fi
        setpriv --pdeathsig KILL "$@" </dev/null >"$dir/log" 2>&1 &
        server=$!
        echo $server
        read -r order
        kill -9 $server 2>/dev/null
        wait $server 2>/dev/null
        if [ "$order" != keep ]; then rm -rf "$dir"; fi
        """;

    static int _databases;

    readonly string _folder;
    readonly string[] _extraArguments;
    Process? _keeper;
    int _serverPid;

    MariaDbServer(string folder, int port, string[] extraArguments) => (_folder, Port, _extraArguments) = (folder, port, extraArguments);

    /// <summary>The one server that the tests of this process share; started at first use.</summary>
    public static Task<MariaDbServer> Shared => SharedServer.Value;

    /// <summary>Loopback port of the server; kept over a restart.</summary>
    public int Port { get; private set; }

    /// <summary>Unix socket of the server.</summary>
    public string Socket => Path.Combine(_folder, "s");

    /// <summary>Starts a server of one's own, for tests that stop it or need settings such as TLS.</summary>
    /// <param name="extraArguments">Further <c>mariadbd</c> options.</param>
    public static async Task<MariaDbServer> Start(params string[] extraArguments)
    {
        var folder = CreateFolder();
        for (var attempt = 1; ; attempt++)
        {
            var server = new MariaDbServer(folder, FreePort(), extraArguments);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => server.End("remove");
            if (await server.Launch())
            {
                await server.Execute($"CREATE USER '{User}'@'%' IDENTIFIED BY '{Password}'; GRANT ALL ON *.* TO '{User}'@'%' WITH GRANT OPTION;");
                return server;
            }
            // Another process may have taken the free port in between.
            var log = await server.Log();
            server.End(attempt < StartAttempts ? "keep" : "remove");
            if (attempt == StartAttempts)
                throw new InvalidOperationException($"mariadbd does not start:\n{log}");
        }
    }

    // In memory where there is room: making the tables of a schema is mostly waiting for the disk.
    static string CreateFolder()
    {
        const string Memory = "/dev/shm";
        if (!Directory.Exists(Memory) || new DriveInfo(Memory).AvailableFreeSpace < 2L << 30)
            return Directory.CreateTempSubdirectory("lnvps-mariadb-").FullName;
        var folder = Path.Combine(Memory, $"lnvps-mariadb-{Path.GetRandomFileName()}");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Creates a utf8mb4 database with a name of its own and returns its <c>mysql://</c> URL.</summary>
    /// <param name="script">What to make in it, from <see cref="Dump"/>; empty without one.</param>
    public async Task<string> CreateDatabase(string script = "")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"lnvps_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await Execute($"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {name};\n{script}");
        return Url(name);
    }

    /// <summary>The statements that make the tables and rows of a database again.</summary>
    public async Task<string> Dump(string database)
    {
        // In the order of their names, whatever refers to what; with times in UTC.
        var statements = await Run(
            "mariadb-dump", null, "--no-defaults", "--user=root", $"--socket={Socket}", "--hex-blob", "--compact", "--default-character-set=utf8mb4", database);
        return $"SET foreign_key_checks = 0, time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO';\n{statements}";
    }

    /// <summary>The URL of a database of this server.</summary>
    public string Url(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"mysql://{User}:{Uri.EscapeDataString(Password)}@127.0.0.1:{Port}/{database}");

    /// <summary>Runs statements as root through the <c>mariadb</c> program, independent of the provider under test; returns its output.</summary>
    public Task<string> Execute(string sql) =>
        Run("mariadb", sql, "--no-defaults", "--user=root", $"--socket={Socket}", "--batch", "--skip-column-names", "--default-character-set=utf8mb4");

    /// <summary>Kills the server as a power cut would and keeps its data.</summary>
    public void Stop() => End("keep");

    /// <summary>Starts the stopped server again on the same port.</summary>
    public async Task StartAgain()
    {
        if (!await Launch())
            throw new InvalidOperationException($"mariadbd does not start again:\n{await Log()}");
    }

    public ValueTask DisposeAsync()
    {
        End("remove");
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    void End(string order)
    {
        using var keeper = Interlocked.Exchange(ref _keeper, null);
        if (keeper is not null && !keeper.HasExited)
        {
            keeper.StandardInput.WriteLine(order);
            keeper.StandardInput.Close();
            keeper.WaitForExit();
        }
    }

    Task<string> Log() => File.ReadAllTextAsync(Path.Combine(_folder, "log"));

    /// <summary>False when the server ended instead of becoming ready.</summary>
    async Task<bool> Launch()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments =
        [
            "-c", Keeper, "keeper", _folder, "mariadbd", "--no-defaults", "--user=root", $"--datadir={_folder}/data", $"--socket={Socket}",
            // Of its own: a starting server removes the temporary tables that it finds, also those of others.
            $"--tmpdir={_folder}/tmp", $"--pid-file={_folder}/pid", $"--port={Port}", "--bind-address=127.0.0.1", "--skip-networking=0", "--skip-name-resolve",
            "--max-connections=1000", "--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci",
            // Not UTC, so that a session that forgets its time zone is noticed.
            "--default-time-zone=+05:00",
            "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0",
            "--key-buffer-size=1M", "--aria-pagecache-buffer-size=4M", "--max-allowed-packet=64M", .. _extraArguments,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        _keeper = Process.Start(start) ?? throw new InvalidOperationException("No shell");
        var pid = await _keeper.StandardOutput.ReadLineAsync();
        if (pid is null)
        {
            var log = await Log();
            await DisposeAsync();
            throw new InvalidOperationException($"mariadb-install-db failed:\n{log}");
        }
        _serverPid = int.Parse(pid, CultureInfo.InvariantCulture);
        return await BecomesReady();
    }

    async Task<bool> BecomesReady()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2))
        {
            if (await Greets())
                return true;
            if (!await IsRunning())
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        return false;
    }

    /// <summary>The server speaks first: a header of 4 bytes and the protocol version 10.</summary>
    async Task<bool> Greets()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            await using var stream = new NetworkStream(socket);
            var head = new byte[5];
            await stream.ReadExactlyAsync(head);
            return head[4] == 10 && File.Exists(Socket);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }

    async Task<bool> IsRunning()
    {
        try
        {
            // A server that ended and was not waited for yet is a zombie: state Z, the third field.
            var stat = await File.ReadAllTextAsync($"/proc/{_serverPid.ToString(CultureInfo.InvariantCulture)}/stat");
            return stat[stat.LastIndexOf(')')..] is not [_, _, 'Z', ..];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    static async Task<string> Run(string program, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {program}");
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed: {await error}\n{output}");
        return output;
    }
}
