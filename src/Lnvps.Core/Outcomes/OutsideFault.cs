namespace Lnvps.Core.Outcomes;

/// <summary>
/// A host, router, DNS provider, Lightning node or payment provider did not do what it was asked (provisioning.md section 3.1).
/// The message is for operators' logs; customers get a neutral text.
/// </summary>
public sealed class OutsideFault : Exception
{
    public OutsideFault(bool isTransient, string message, Exception? cause = null) : base(message, cause) => IsTransient = isTransient;

    /// <summary>True: worth repeating (no connection, time-out, busy). False: repeating cannot help.</summary>
    public bool IsTransient { get; }

    public static OutsideFault Transient(string message, Exception? cause = null) => new(isTransient: true, message, cause);

    public static OutsideFault Fatal(string message, Exception? cause = null) => new(isTransient: false, message, cause);
}
