namespace Lnvps.Testing;

/// <summary>The checkout that the tests were built from.</summary>
public static class Checkout
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "lnvps.slnx")))
            folder = folder.Parent ?? throw new InvalidOperationException("The checkout was not found");
        return folder.FullName;
    }
}
