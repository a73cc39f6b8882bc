using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>Bits of <c>virStreamEventType</c>.</summary>
[Flags]
enum StreamEvents
{
    None = 0,
    Readable = 1,
    Writable = 2,
    Error = 4,
    HangUp = 8,
}

/// <summary>A byte stream to or from the host: an upload, a download or a serial console.</summary>
sealed unsafe partial class ByteStream() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    const uint NonBlocking = 1;
    const int WouldBlock = -2;

    /// <param name="blocking">False for consoles, which are driven by events.</param>
    public static ByteStream New(Connection connection, bool blocking) =>
        LibVirtException.Check(virStreamNew(connection, blocking ? 0 : NonBlocking));

    /// <summary>Sends a part of the bytes.</summary>
    /// <returns>How many were taken; null when a non-blocking stream can take none now.</returns>
    public int? Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var sent = virStreamSend(this, start, (nuint)bytes.Length);
            return sent == WouldBlock ? null : LibVirtException.Check(sent);
        }
    }

    /// <summary>Receives some bytes.</summary>
    /// <returns>How many, 0 at the end; null when a non-blocking stream has none now.</returns>
    public int? Receive(Span<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var received = virStreamRecv(this, start, (nuint)bytes.Length);
            return received == WouldBlock ? null : LibVirtException.Check(received);
        }
    }

    /// <summary>Ends the stream and learns whether everything arrived.</summary>
    public void Finish() => LibVirtException.Check(virStreamFinish(this));

    /// <summary>Ends the stream at once; errors do not matter any more.</summary>
    public void Abort() => _ = virStreamAbort(this);

    /// <summary>Calls <paramref name="onEvent"/> on the event thread until <see cref="StopEvents"/>. It must neither block nor throw.</summary>
    public void StartEvents(StreamEvents events, Action<StreamEvents> onEvent)
    {
        var state = GCHandle.Alloc(onEvent);
        // The stream keeps itself alive for its callback; the library frees the state after the callback was removed.
        if (virStreamEventAddCallback(this, (int)events, &OnEvent, GCHandle.ToIntPtr(state), &OnFree) >= 0)
            return;
        state.Free();
        throw LibVirtException.Last();
    }

    public void UpdateEvents(StreamEvents events) => LibVirtException.Check(virStreamEventUpdateCallback(this, (int)events));

    public void StopEvents() => _ = virStreamEventRemoveCallback(this);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void OnEvent(nint stream, int events, nint state) => ((Action<StreamEvents>)GCHandle.FromIntPtr(state).Target!)((StreamEvents)events);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void OnFree(nint state) => GCHandle.FromIntPtr(state).Free();

    protected override bool ReleaseHandle() => virStreamFree(handle) == 0;

    [LibraryImport(Library.Name)]
    private static partial ByteStream virStreamNew(Connection connection, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStreamFree(nint stream);

    [LibraryImport(Library.Name)]
    private static partial int virStreamSend(ByteStream stream, byte* bytes, nuint length);

    [LibraryImport(Library.Name)]
    private static partial int virStreamRecv(ByteStream stream, byte* bytes, nuint length);

    [LibraryImport(Library.Name)]
    private static partial int virStreamFinish(ByteStream stream);

    [LibraryImport(Library.Name)]
    private static partial int virStreamAbort(ByteStream stream);

    [LibraryImport(Library.Name)]
    private static partial int virStreamEventAddCallback(
        ByteStream stream, int events, delegate* unmanaged[Cdecl]<nint, int, nint, void> callback, nint state, delegate* unmanaged[Cdecl]<nint, void> free);

    [LibraryImport(Library.Name)]
    private static partial int virStreamEventUpdateCallback(ByteStream stream, int events);

    [LibraryImport(Library.Name)]
    private static partial int virStreamEventRemoveCallback(ByteStream stream);
}
