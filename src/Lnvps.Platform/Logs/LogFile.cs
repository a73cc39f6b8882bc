using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Lnvps.Platform.Logs;

/// <summary>
/// The file of <c>--log</c>, only ever appended to; readable by its owner and group. Each line is written at the present end of the file, so it may be copied
/// away and truncated at any time (logrotate's copytruncate). Thread-safe.
/// </summary>
sealed class LogFile : IDisposable
{
    readonly FileStream _stream;
    readonly Lock _gate = new();

    /// <exception cref="IOException">It cannot be written.</exception>
    public LogFile(string path) => _stream = new FileStream(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
    });

    public void Append(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        lock (_gate)
        {
            try
            {
                _stream.Seek(0, SeekOrigin.End);
                _stream.Write(bytes);
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                // A full disk must not stop the program; standard error has the line too.
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _stream.Dispose();
    }
}

/// <summary>Writes events to a <see cref="LogFile"/> as <paramref name="formatter"/> puts them.</summary>
sealed class LogFileProvider(LogFile file, ConsoleFormatter formatter) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new FileLogger(file, formatter, categoryName);

    // The file outlives the providers: several write to it.
    public void Dispose()
    {
    }

    sealed class FileLogger(LogFile file, ConsoleFormatter lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var text = new StringWriter();
            lines.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), scopeProvider: null, text);
            file.Append(text.ToString());
        }
    }
}
