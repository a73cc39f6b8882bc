using System.Runtime.InteropServices;
using Lnvps.Core.Outcomes;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>The head of the library's error record; what follows is not used.</summary>
[StructLayout(LayoutKind.Sequential)]
struct VirError
{
    public int Code;
    public int Domain;
    public nint Message;
}

/// <summary>Numbers of <c>virErrorNumber</c> that this program tells apart.</summary>
enum VirCode
{
    None = 0,
    NoSupport = 3,
    InvalidArgument = 8,
    OperationFailed = 9,
    XmlError = 27,
    DomainExists = 28,
    OperationDenied = 29,
    XmlDetail = 35,
    NoDomain = 42,
    NoNetwork = 43,
    InvalidMac = 44,
    AuthFailed = 45,
    NoPool = 49,
    NoVolume = 50,
    OperationInvalid = 55,
    NoFilter = 62,
    ConfigUnsupported = 67,
    ArgumentUnsupported = 74,
    AuthCancelled = 79,
    OperationUnsupported = 84,
    AccessDenied = 88,
    CpuIncompatible = 91,
    XmlInvalidSchema = 92,
    AuthUnavailable = 94,
}

/// <summary>The library refused or failed; turned into <see cref="OutsideFault"/> before it leaves this adapter.</summary>
sealed partial class LibVirtException(VirCode code, string message, bool busy = false) : Exception(message)
{
    public VirCode Code { get; } = code;

    public bool IsNotFound => Code is VirCode.NoDomain or VirCode.NoNetwork or VirCode.NoPool or VirCode.NoVolume or VirCode.NoFilter;

    /// <summary>provisioning.md section 12.1: absent things, bad documents, refused and unsupported operations and wrong states do not heal by repeating.</summary>
    public bool IsTransient => busy || !(IsNotFound || Code
        is VirCode.XmlError or VirCode.XmlDetail or VirCode.XmlInvalidSchema or VirCode.InvalidArgument or VirCode.InvalidMac
        or VirCode.NoSupport or VirCode.OperationUnsupported or VirCode.ArgumentUnsupported or VirCode.ConfigUnsupported or VirCode.CpuIncompatible
        or VirCode.OperationDenied or VirCode.AccessDenied or VirCode.AuthFailed or VirCode.AuthCancelled or VirCode.AuthUnavailable
        or VirCode.OperationInvalid or VirCode.DomainExists);

    /// <summary>The same, to be repeated: "invalid state" of a storage volume or pool means that a copy or upload is still running on it.</summary>
    public LibVirtException AsBusy() => Code == VirCode.OperationInvalid ? new LibVirtException(Code, Message, busy: true) : this;

    public OutsideFault ToFault(string what) => new(IsTransient, $"{what}: {Message}", this);

    /// <summary>Throws what the library recorded on this thread when a call returned a negative number.</summary>
    public static int Check(int result) => result < 0 ? throw Last() : result;

    /// <summary>The same for calls that return an object.</summary>
    public static T Check<T>(T handle) where T : SafeHandle
    {
        if (!handle.IsInvalid)
            return handle;
        var error = Last();
        handle.Dispose();
        throw error;
    }

    /// <summary>For look-ups: null when the library says that the object does not exist.</summary>
    public static T? CheckFound<T>(T handle) where T : SafeHandle
    {
        if (!handle.IsInvalid)
            return handle;
        var error = Last();
        handle.Dispose();
        return error.IsNotFound ? null : throw error;
    }

    public static unsafe LibVirtException Last()
    {
        var error = (VirError*)virGetLastError();
        return error is null
            ? new LibVirtException(VirCode.None, "the library gave no reason")
            : new LibVirtException((VirCode)error->Code, Marshal.PtrToStringUTF8(error->Message) ?? $"error {error->Code}");
    }

    [LibraryImport(Library.Name)]
    private static partial nint virGetLastError();
}
