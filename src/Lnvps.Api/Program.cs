using System.CommandLine;
using Lnvps.Api;

// The library's own two seconds would cut off requests in flight and the step of a workflow, and end with an error.
return await CommandLine.Build().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = ApiHost.Shutdown + TimeSpan.FromSeconds(10) });
