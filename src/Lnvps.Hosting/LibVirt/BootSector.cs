namespace Lnvps.Hosting.LibVirt;

/// <summary>
/// The smallest guest there is: a BIOS boot sector that greets on the first serial port, then sends back every byte it receives; to Ctrl-R it
/// answers with 65,536 bytes (0, 255, 254, … 1, again and again). It sleeps when idle.
/// </summary>
public static class BootSector
{
    public const string Greeting = "LNVPS boot sector\r\n";

    /// <summary>The BIOS does not start from less: it counts in cylinders of half a mebibyte.</summary>
    public const int SmallestDisk = 1 << 20;

    const int SectorBytes = 512;

    // 16-bit code, loaded and started at 0x7C00. Offsets in front.
    static ReadOnlySpan<byte> Code =>
    [
        0xFA,                   // 00 cli
        0x31, 0xC0,             // 01 xor ax, ax
        0x8E, 0xD8,             // 03 mov ds, ax
        0x8E, 0xD0,             // 05 mov ss, ax
        0xBC, 0x00, 0x7C,       // 07 mov sp, 0x7C00
        0xFC,                   // 0a cld
        0xBA, 0xFA, 0x03,       // 0b mov dx, 0x3FA
        0xB0, 0x01,             // 0e mov al, 1          switch the port's queues on
        0xEE,                   // 10 out dx, al
        0xBE, 0x51, 0x7C,       // 11 mov si, greeting
        0xAC,                   // 14 lodsb
        0x84, 0xC0,             // 15 test al, al
        0x74, 0x05,             // 17 jz 1e
        0xE8, 0x24, 0x00,       // 19 call 40
        0xEB, 0xF6,             // 1c jmp 14
        0xFB,                   // 1e sti                idle: sleep until the next timer tick
        0xF4,                   // 1f hlt
        0xBA, 0xFD, 0x03,       // 20 mov dx, 0x3FD      anything received?
        0xEC,                   // 23 in al, dx
        0xA8, 0x01,             // 24 test al, 1
        0x74, 0xF6,             // 26 jz 1e
        0xBA, 0xF8, 0x03,       // 28 mov dx, 0x3F8
        0xEC,                   // 2b in al, dx
        0x3C, 0x12,             // 2c cmp al, Ctrl-R
        0x74, 0x05,             // 2e je 35
        0xE8, 0x0D, 0x00,       // 30 call 40
        0xEB, 0xEB,             // 33 jmp 20
        0x31, 0xC9,             // 35 xor cx, cx         a loop from 0 runs 65,536 times
        0x88, 0xC8,             // 37 mov al, cl
        0xE8, 0x04, 0x00,       // 39 call 40
        0xE2, 0xF9,             // 3c loop 37
        0xEB, 0xE0,             // 3e jmp 20
        0x88, 0xC4,             // 40 mov ah, al         send al when the port is ready
        0xBA, 0xFD, 0x03,       // 42 mov dx, 0x3FD
        0xEC,                   // 45 in al, dx
        0xA8, 0x20,             // 46 test al, 0x20
        0x74, 0xFB,             // 48 jz 45
        0xBA, 0xF8, 0x03,       // 4a mov dx, 0x3F8
        0x88, 0xE0,             // 4d mov al, ah
        0xEE,                   // 4f out dx, al
        0xC3,                   // 50 ret
    ];

    /// <summary>A raw disk that boots it.</summary>
    /// <param name="bytes">Whole sectors, at least <see cref="SmallestDisk"/>.</param>
    public static byte[] Disk(int bytes = SmallestDisk)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, SmallestDisk);
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes % SectorBytes, 0);
        var disk = new byte[bytes];
        Code.CopyTo(disk);
        System.Text.Encoding.ASCII.GetBytes(Greeting, disk.AsSpan(Code.Length));
        disk[510] = 0x55;
        disk[511] = 0xAA;
        return disk;
    }
}
