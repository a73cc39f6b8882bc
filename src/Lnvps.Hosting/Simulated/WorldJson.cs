using System.Text.Json.Serialization;

namespace Lnvps.Hosting.Simulated;

/// <summary>The file of a persistent world, in code generated at build time: reading it is part of every start of <c>./run --simulate</c>.</summary>
[JsonSerializable(typeof(Dictionary<string, HostContents>))]
sealed partial class WorldJson : JsonSerializerContext;
