namespace Lnvps.Database.Schema;

/// <summary>A database that this program must not use as it is. Nothing was changed; the message says why and what to do.</summary>
public sealed class DatabaseRefused(string message) : Exception(message);
