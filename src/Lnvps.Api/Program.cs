using Lnvps.Api;

return await CommandLine.Build().Parse(args).InvokeAsync();
